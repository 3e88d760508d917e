"""What each site has: distances, minutes, land, suppliers and talent within reach."""
