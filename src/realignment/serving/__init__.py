"""A registered model answers: text in; tags, entities, a label or an answer out, with scores and words as they were given."""
