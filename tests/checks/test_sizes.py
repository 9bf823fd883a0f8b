from tests.checks.conftest import Check


def python_function(*, lines: int) -> str:
    return "def stamp():\n" + "    stamps = 1\n" * (lines - 1)


def javascript_function(*, lines: int) -> str:
    return "export const stamp = () => {\n" + "  stamps();\n" * (lines - 2) + "};\n"


def test_sixty_lines_are_a_function(complaints: Check) -> None:
    files = {"src/a.py": python_function(lines=60), "src/a.js": javascript_function(lines=60)}
    assert complaints("check_sizes", files) == []


def test_sixty_one_lines_of_python_are_refused(complaints: Check) -> None:
    assert complaints("check_sizes", {"src/a.py": "\n" + python_function(lines=61)}) == [
        "src/a.py:2 stamp: 61 lines, 60 are allowed in a function"
    ]


def test_sixty_one_lines_of_javascript_are_refused(complaints: Check) -> None:
    assert complaints("check_sizes", {"src/a.js": javascript_function(lines=61)}) == [
        "src/a.js:1 stamp: 61 lines, 60 are allowed in a function"
    ]


def test_a_method_is_a_function_too(complaints: Check) -> None:
    method = "class Till {\n  async scan() {\n" + "    look();\n" * 60 + "  }\n}\n"
    assert complaints("check_sizes", {"src/till.js": method}) == [
        "src/till.js:2 scan: 62 lines, 60 are allowed in a function"
    ]


def test_a_file_of_601_lines_is_refused(complaints: Check) -> None:
    files = {"tests/a.py": "stamps = 1\n" * 601, "tests/b.py": "stamps = 1\n" * 600}
    assert complaints("check_sizes", files) == ["tests/a.py: 601 lines, 600 are allowed in a file"]


def test_migrations_and_vendored_files_are_excepted(complaints: Check) -> None:
    files = {
        "src/db/migrations/0001.py": python_function(lines=700),
        "src/web/static/vendor/htmx.js": javascript_function(lines=700),
    }
    assert complaints("check_sizes", files) == []
