"""The document of the API says what the API does, and nothing below /api/v1 answers in another shape."""

from typing import Any

from litestar import Litestar
from litestar.testing import AsyncTestClient

Client = AsyncTestClient[Litestar]


async def the_document(client: Client) -> dict[str, Any]:
    return dict((await client.get("/api/v1/openapi.json")).json())


async def test_every_error_is_declared_as_a_problem(client: Client) -> None:
    document = await the_document(client)
    problem = document["components"]["responses"]["Problem"]["content"]
    assert list(problem) == ["application/problem+json"]
    schema = document["components"]["schemas"]["Problem"]
    answer = await client.get("/api/v1/cards")
    assert set(answer.json()) <= schema["properties"].keys()
    assert set(schema["required"]) <= set(answer.json())
    for path, item in document["paths"].items():
        for method, operation in item.items():
            said = operation["responses"]
            assert said.keys() >= {"4XX", "5XX"}, (method, path)
            assert "400" not in said, (method, path)


async def test_every_write_names_its_idempotency_key(client: Client) -> None:
    document = await the_document(client)
    key = {"$ref": "#/components/parameters/IdempotencyKey"}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert (key in operation.get("parameters", [])) == (method != "get"), (method, path)


async def test_only_the_api_is_in_it(client: Client) -> None:
    paths = (await the_document(client))["paths"]
    assert len(paths) > 20
    assert all(path.startswith("/api/v1/") for path in paths)
    assert not {"/api/v1", "/api/v1/{path}", "/api/v1/openapi.json"} & paths.keys()


async def test_what_the_api_does_not_have_is_a_problem_too(client: Client) -> None:
    for path in ("/api/v1/nonsense", "/api/v1/nonsense.json", "/api/v1/cards/a/b/c"):
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path
        assert answer.json()["code"] == "not_found"


async def test_the_bare_address_leads_to_the_dashboard(client: Client) -> None:
    answer = await client.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/app")
