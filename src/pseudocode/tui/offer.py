"""What the app offers where something is missing: a first spec, a model."""

from __future__ import annotations

from pseudocode.weights import embedded_model

FIRST_SPEC = '''from pseudocode import pseudo_function

@pseudo_function
def double(number: int) -> int:
    """Return the number times two.

    >>> double(4)
    8
    """
    ...
'''
"""What an empty folder is shown."""
_OTHER = (
    "Or leave, and set OPENAI_API_KEY for OpenAI, or OPENAI_BASE_URL for any other\n"
    "OpenAI-compatible server."
)


def offer_text() -> tuple[str, str, bool]:
    """Title and text of the question, and whether a yes can be followed."""
    installed, present = embedded_model()
    if not installed:
        text = (
            "There is neither an API key nor a server. The embedded model needs one more\n"
            "package: pip install 'pseudocode-tui[local]'\n\n"
        )
        return "No model", text + _OTHER, False
    cost = "It is on this machine already." if present else "It is fetched once, 98 MB."
    text = (
        "There is neither an API key nor a server. Use the embedded model?\n"
        f"It is small: it solves simple specs only. {cost}\n\n"
    )
    return "No model yet", text + _OTHER, True
