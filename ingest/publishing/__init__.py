"""A finished bundle becomes the live one."""
