"""The watch itself: what it must see, it sees."""

import pytest

from tests.e2e.person import Person
from tests.e2e.watch import violations


def test_a_page_that_was_not_looked_at_is_a_failure(arrive):
    visitor = arrive(Person)
    visitor.page.goto(f"{visitor.watch.issuer}/login")

    with pytest.raises(AssertionError, match="never looked at"):
        visitor.watch.finish()

    visitor.look()


def test_axe_sees_a_field_without_label(arrive):
    visitor = arrive(Person)
    visitor.go("/login")
    visitor.page.evaluate(
        "document.querySelectorAll('label').forEach(each => each.remove())"
    )

    assert any(each.startswith("label:") for each in violations(visitor.page))


def test_a_page_wider_than_the_window_is_a_complaint(arrive):
    visitor = arrive(Person)
    visitor.go("/login")
    visitor.page.evaluate(
        "document.querySelector('h1').append('x'.repeat(2000)),"
        "document.querySelector('h1').attributeStyleMap.set('overflow-wrap', 'normal')"
    )
    visitor.look()

    assert "px wide, 1200 are there" in visitor.watch.complaints.pop()


def test_an_error_in_the_console_is_a_complaint(arrive):
    visitor = arrive(Person)
    visitor.go("/login")
    with visitor.page.expect_console_message():
        visitor.page.evaluate("console.error('something broke')")

    assert visitor.watch.complaints == ["error in the console: something broke"]
    visitor.watch.complaints.clear()


def test_a_policy_violation_is_a_complaint(arrive):
    visitor = arrive(Person)
    visitor.go("/login")
    with visitor.page.expect_console_message():
        visitor.page.evaluate(
            "document.body.append(Object.assign(document.createElement('img'),"
            "{src: 'http://other.example/x.png', alt: ''}))"
        )

    assert "Content Security Policy" in visitor.watch.complaints[0]
    visitor.watch.complaints.clear()


def test_an_unexpected_status_is_a_complaint(arrive):
    visitor = arrive(Person)
    visitor.page.goto(f"{visitor.watch.issuer}/nowhere")
    visitor.look()

    assert any(each.startswith("404 at") for each in visitor.watch.complaints)
    visitor.watch.complaints.clear()
