"""The example of the article that this project began with. It needs the network and a token."""

import datetime

from pseudocode import pseudo_function


@pseudo_function(
    review=True,
    network=["api.github.com"],
    env=["GITHUB_TOKEN"],
    requires=["requests"],
    timeout=60,
)
def get_issues(repository: str) -> list[tuple[str, int, datetime.datetime]]:
    """Fetch the issues that were opened in a GitHub repository in the last 10 days.

    - repository is of the form organization/repo
    - the environment variable GITHUB_TOKEN holds a token
    - use the requests library
    - only issues with an odd number
    - return title, number and date of creation of each

    Examples
    --------
    >>> all(number % 2 == 1 for title, number, created in get_issues("conda/conda"))
    True
    """
