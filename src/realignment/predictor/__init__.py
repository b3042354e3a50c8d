"""What realigning on a set of languages is expected to gain, from the runs at hand; which set to choose; how far that can be believed."""
