"""The views that people read, one SQL file each, and how they are made anew."""
