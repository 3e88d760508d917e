"""Where good sites gather: clusters, sandbox zones, supply chains."""
