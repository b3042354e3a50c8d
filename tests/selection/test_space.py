"""What is chosen from: a distance for every two languages."""

from typing import get_type_hints

import numpy as np
from jaxtyping import Float

from realignment.languages import uriel
from realignment.selection.space import Space


def test_the_distances_of_a_space_are_square():
    """Its annotation is read here: numpy is imported late there, so that nothing checks it when a space is made."""
    wanted = get_type_hints(Space, localns={"np": np, "Float": Float})["distances"]
    distances = uriel.angular(np.eye(4))
    assert isinstance(distances, wanted) and not isinstance(distances[:, :3], wanted)
