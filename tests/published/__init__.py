"""Writers of small synthetic files in the shapes the publishers use: real field names and quirks, invented features."""
