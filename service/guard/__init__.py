"""Checks that every request passes: origins, keys, quota, admission, logs and problems."""
