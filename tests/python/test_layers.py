"""Layered configurations: arithmetic and references, and texts that mean harm."""

import json
import math
import random
import re
import time

import pytest

from quiescent.errors import ExperimentError

pytest.importorskip("omegaconf")
from quiescent._arithmetic import evaluate
from quiescent._layers import Layer, Merged


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("-2 ** 2", -4),
        ("2 ** -1", 0.5),
        ("2 ** 3 ** 2", 512),
        ("2 * -3", -6),
        ("- - 3", 3),
        ("8 / 2 / 2", 2.0),
        ("10 - 3 - 2", 5),
        ("(1 + 2) * 3", 9),
        ("1e-3", 0.001),
        ("1E+2 * .5", 50.0),
        ("5.", 5.0),
        (" pi ", math.pi),
        ("2 ** 60", 2.0**60),
        ("2 * 256", 512),
        ("1024 / 2", 512.0),
        ("9007199254740993 + 0", 9007199254740992.0),
    ],
)
def test_arithmetic_is_pythons(text, value):
    found = evaluate(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not an arithmetic expression"),
        ("1 +", "not an arithmetic expression"),
        ("(1", "not an arithmetic expression"),
        ("1)", "not an arithmetic expression"),
        ("1 / 0", "division by zero"),
        ("1 / (2 - 2)", "division by zero"),
        ("0 ** -1", "division by zero"),
        ("7 // 2", "`7 // 2` cannot stand here"),
        ("7 % 2", "`7 % 2` cannot stand here"),
        ("1, 2", "cannot stand here"),
        ("(-1) ** 0.5", "not a finite number"),
        ("10 ** 400", "not a finite number"),
        ("9 ** 9 ** 9 ** 9", "not a finite number"),
        ("1e400", "not a finite number"),
        ("9" * 400, "not a finite number"),
        ("1e308 * 10", "not a finite number"),
        ("2 pi", "not an arithmetic expression"),
        ("abs(1)", "`abs(1)` cannot stand here"),
        ("math.pi", "`math.pi` cannot stand here"),
        ("(1).real", "cannot stand here"),
        ("__import__('os').system('id')", "cannot stand here"),
        ("lambda: 1", "cannot stand here"),
        ("[i for i in (1,)]", "cannot stand here"),
        ("nan", "`nan` cannot stand here"),
        ("True + 1", "`True` cannot stand here"),
        ("2j", "`2j` cannot stand here"),
        ("'a' * 9", "cannot stand here"),
        ("1 if 1 else 2", "cannot stand here"),
        ("x := 1", "not an arithmetic expression"),
        ("(" * 400 + "1" + ")" * 400, "it is"),
        ("-" * 999 + "1", "nested too deeply"),
        ("1+" * 600 + "1", "longer than"),
        ("1 \x00", "not an arithmetic expression"),
    ],
)
def test_nothing_else_is_evaluated(text, reason):
    with pytest.raises(ValueError, match=re.escape(reason)):
        evaluate(text)


def expression(draw, depth=4):
    """Return the text of a random expression."""
    if depth == 0 or draw.random() < 0.2:
        return draw.choice(["pi", "0", str(draw.randrange(1000)), repr(draw.uniform(0, 10))])
    inner = expression(draw, depth - 1)
    kind = draw.choice("-^+-*/")
    if kind == "^":
        return f"({inner}) ** {draw.randrange(5)}"
    if kind == "-" and draw.random() < 0.3:
        return f"-({inner})"
    return f"({inner}) {kind} ({expression(draw, depth - 1)})"


def test_random_arithmetic_is_pythons():
    draw = random.Random(1)
    values = 0
    for _ in range(1000):
        text = expression(draw)
        try:
            wanted = float(eval(text, {"pi": math.pi}))
        except (ZeroDivisionError, OverflowError):
            continue
        if abs(wanted) < 2**53:
            values += 1
            assert math.isclose(evaluate(text), wanted, rel_tol=1e-12), text
    assert values > 500


def test_any_references_have_a_value_or_one_line(tmp_path):
    draw = random.Random(2)
    words = "${ } a b c.d pi: eval: 1 + * : $ ??? . é ' [0] ${a} ${b} ${c.d} ${pi:} ${eval:1+1}"
    values, messages = 0, []
    for _ in range(500):
        a, b, d = (
            json.dumps("".join(draw.choices(words.split(), k=draw.randrange(4)))) for _ in range(3)
        )
        try:
            found = merged(tmp_path, f"a: {a}\nb: [{b}, x]\nc: {{d: {d}}}").resolved()
            values += found.keys() == {"a", "b", "c"}
        except ExperimentError as error:
            messages.append(str(error))
    assert values + len(messages) == 500
    assert 50 < values < 450
    assert [text for text in messages if not re.fullmatch(r".*x\.yml:[123]: .*", text)] == []


def merged(tmp_path, text):
    (tmp_path / "x.yml").write_text(text, encoding="utf-8")
    return Merged([Layer.of_file(tmp_path / "x.yml")])


def test_references_keep_the_kind_of_value(tmp_path):
    text = (
        "a: {n: 3, t: 'x', l: [1, '${a.n}']}\nb: ${a.n}\nc: '${a.n}'\nd: ${a.l}\n"
        "e: 'n${a.n}_${a.t}'\nf: ${eval:${a.n} * 2}\ng: '${eval: \"${f} ** 2\" }'\nh: ${a.l.1}\n"
        "i: '${ pi: }'\n"
    )
    found = merged(tmp_path, text).resolved()
    assert found == {
        "a": {"n": 3, "t": "x", "l": [1, 3]},
        "b": 3,
        "c": 3,
        "d": [1, 3],
        "e": "n3_x",
        "f": 6,
        "g": 36,
        "h": 3,
        "i": math.pi,
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: ${a}", "x.yml:1: a: `${a}`: it refers to itself: a → a"),
        ("a: ${b}\nb: 'x${c.d}'\nc: {d: '${eval:${a}}'}", "a → b → c.d → a"),
        ("a: ['${a}']", "refers to itself"),
        ("a: ['${b}']\nb: ['${a}']", "refers to itself"),
        ("a: ${b.c}\nb: {d: 1}", "x.yml:1: a: `${b.c}`: there is no `b.c`"),
        ("a: ${b}\nb: {d: 1}", "`b` is a section"),
        ("a: ${b}\nb: {}", "`b` is a section"),
        ("a: ${b", "x.yml:1: a: it has no interpolation that OmegaConf reads"),
        ("a: '${eval:${b}'\nb: 1", "x.yml:1: a: it has no interpolation"),
        ("a: ${.b}\nb: 1", "the whole key"),
        ("a: ${b.${c}}\nb: {d: 1}\nc: d", "the whole key"),
        ("a: ${b[0]}\nb: [1]", "the whole key"),
        ("a: ${oc.env:HOME}", "`oc.env` is not read"),
        ("a: ${quiescent.eval:1}", "`quiescent.eval` is not read"),
        ("a: '${${b}:HOME}'\nb: oc.env", "the whole key"),
        ("a: ${pi:3}", "`pi` takes no argument"),
        ("a: ${eval:open}", "x.yml:1: a: `${eval:open}`: `open` cannot stand here"),
        ("b: 1\na: ${eval:'1/(${b}-1)'}", "x.yml:2: a: `${eval:'1/(${b}-1)'}`: division by zero"),
        ("a: ${eval:1,2}", "cannot stand here"),
        ("a: ${b}\nb: ???", "x.yml:2: b: missing; ??? says that it has to be given: add `b=…`"),
    ],
)
def test_references_without_a_value_are_refused(tmp_path, text, reason):
    with pytest.raises(ExperimentError) as caught:
        merged(tmp_path, text).resolved()
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("first", "value", "links", "reason"),
    [
        ("0123456789", "'${k%d}${k%d}'", 40, "it grows to more than"),
        ("''", "'${k%d}${k%d}'", 40, "it grows to more than"),
        ("[1, 2]", "['${k%d}', '${k%d}']", 40, "it grows to more than"),
        ("1", "'${k%d}'", 200, "levels deep"),
    ],
)
def test_values_that_multiply_themselves_are_stopped(tmp_path, first, value, links, reason):
    lines = [f"k0: {first}"]
    lines += [f"k{i}: {value.replace('%d', str(i - 1))}" for i in range(1, links)]
    # The longest chain comes first.
    began = time.monotonic()
    with pytest.raises(ExperimentError, match=reason):
        merged(tmp_path, "\n".join(reversed(lines))).resolved()
    assert time.monotonic() - began < 5


def test_a_reader_that_others_registered_is_not_called(tmp_path):
    from omegaconf import OmegaConf

    before = OmegaConf.has_resolver("eval")
    OmegaConf.register_resolver("eval", lambda text: pytest.fail(text), replace=True)
    try:
        assert merged(tmp_path, "a: ${eval:1+1}\n").resolved() == {"a": 2}
        # Not even while layers are merged.
        (tmp_path / "y.yml").write_text("a: {b: 1}\n", encoding="utf-8")
        layers = [Layer.of_file(tmp_path / name) for name in ("x.yml", "y.yml")]
        assert Merged(layers).resolved() == {"a": {"b": 1}}
    finally:
        if not before:
            OmegaConf.clear_resolver("eval")
