"""How good what a site has is: values, constraints, weights, scores, and why."""
