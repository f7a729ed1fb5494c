"""GitHub's answers that are not the thing asked for: errors in its words and shapes."""

from __future__ import annotations

from typing import Any

from ..wire import Response

DOCUMENTATION = "https://docs.github.com/rest"


class Refusal(Exception):
    """Ends a request with this answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def problem(status: int, message: str, **more: Any) -> Refusal:
    told = {"message": message, "documentation_url": DOCUMENTATION, "status": str(status), **more}
    return Refusal(Response.of(told, status, content_type="application/json; charset=utf-8"))


def not_found() -> Refusal:
    return problem(404, "Not Found")


def bad_credentials() -> Refusal:
    return problem(401, "Bad credentials")


def needs_token() -> Refusal:
    return problem(401, "Requires authentication")


def empty_repository() -> Refusal:
    return problem(409, "Git Repository is empty.")


def failed(resource: str, field: str, code: str, message: str = "") -> Refusal:
    """422 in the shape that names a resource, a field and a code."""
    error = {"resource": resource, "code": code}
    if field:
        error["field"] = field
    if message:
        error["message"] = message
    return problem(422, "Validation Failed", errors=[error])


def failed_text(*messages: str) -> Refusal:
    return problem(422, "Validation Failed", errors=list(messages))


def invalid_request(message: str) -> Refusal:
    return problem(422, f"Invalid request.\n\n{message}")


def no_content() -> Response:
    return Response(204)


def moved(status: int, address: str) -> Refusal:
    told = {"message": "Moved Permanently", "url": address, "documentation_url": DOCUMENTATION}
    return Refusal(Response.of(told, status, location=address))
