"""What the world is: validated tables of places, land, networks and firms."""
