"""Multilingual realignment for low-resource languages: the experiment of the paper as a package."""
