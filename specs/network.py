"""The examples that this project began with, in its article and experiment: they need a network."""

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


@pseudo_function(network=["api.github.com"], timeout=30)
def get_total_issues(repository: str) -> int:
    """Return how many open issues a GitHub repository has, from its public API.

    >>> get_total_issues("conda/conda") > 0
    True
    """


@pseudo_function(network=["raw.githubusercontent.com"], timeout=60)
def download_titanic() -> list[dict[str, str]]:
    """Download the Titanic passengers, one dictionary for each, with the names of the columns.

    The file is https://raw.githubusercontent.com/mwaskom/seaborn-data/master/titanic.csv.

    >>> passengers = download_titanic()
    >>> len(passengers)
    891
    >>> "survived" in passengers[0]
    True
    """
