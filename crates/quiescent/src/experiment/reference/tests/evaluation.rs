//! The small evaluator against Rust's own arithmetic, and against texts that mean it harm.

use proptest::prelude::*;

use super::super::super::text::yaml;
use super::super::arithmetic::{Number, evaluate};
use super::super::interpolation::resolve;

/// An expression, as a tree.
#[derive(Debug, Clone)]
enum Tree {
    Whole(u32),
    Decimal(f64),
    Pi,
    Negative(Box<Tree>),
    Binary(char, Box<Tree>, Box<Tree>),
    Power(Box<Tree>, u8),
}

impl Tree {
    fn text(&self) -> String {
        match self {
            Self::Whole(value) => value.to_string(),
            Self::Decimal(value) => format!("{value:?}"),
            Self::Pi => "pi".to_owned(),
            Self::Negative(inner) => format!("-{}", inner.operand()),
            Self::Binary(sign, a, b) => format!("{} {sign}{}", a.operand(), b.operand()),
            Self::Power(base, exponent) => format!("{} ** {exponent}", base.operand()),
        }
    }

    /// As part of another expression.
    fn operand(&self) -> String {
        match self {
            Self::Whole(_) | Self::Decimal(_) | Self::Pi => self.text(),
            _ => format!("({})", self.text()),
        }
    }

    /// The value; none where a result on the way is not finite, or a divisor is zero.
    fn value(&self) -> Option<f64> {
        let value = match self {
            Self::Whole(value) => f64::from(*value),
            Self::Decimal(value) => *value,
            Self::Pi => std::f64::consts::PI,
            Self::Negative(inner) => -inner.value()?,
            Self::Binary(sign, a, b) => {
                let (a, b) = (a.value()?, b.value()?);
                match sign {
                    '+' => a + b,
                    '-' => a - b,
                    '*' => a * b,
                    _ if b == 0.0 => return None,
                    _ => a / b,
                }
            }
            Self::Power(base, exponent) => libm::pow(base.value()?, f64::from(*exponent)),
        };
        value.is_finite().then_some(value)
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        any::<u32>().prop_map(Tree::Whole),
        (0_u32..4).prop_map(Tree::Whole),
        prop_oneof![0.0..10.0, 1e-300..1e-290, 1e200..1e300].prop_map(Tree::Decimal),
        Just(Tree::Pi),
    ];
    leaf.prop_recursive(6, 40, 2, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        prop_oneof![
            boxed().prop_map(Tree::Negative),
            (prop::sample::select(vec!['+', '-', '*', '/']), boxed(), boxed())
                .prop_map(|(sign, a, b)| Tree::Binary(sign, a, b)),
            (boxed(), 0_u8..5).prop_map(|(base, exponent)| Tree::Power(base, exponent)),
        ]
    })
}

proptest! {
    #[test]
    fn arithmetic_is_rusts(tree in tree()) {
        let text = tree.text();
        prop_assume!(text.len() <= 1000);
        let found = evaluate(&text);
        match tree.value() {
            Some(value) => {
                let found = found.unwrap();
                prop_assert_eq!(found.value.to_bits(), value.to_bits(), "{}", text);
                // What is written down is the same number again.
                prop_assert_eq!(found.to_text().parse::<f64>().unwrap(), value);
            }
            None => prop_assert!(found.is_err(), "{} gives {:?}", text, found),
        }
    }

    #[test]
    fn any_text_is_a_number_or_a_reason(text in "(?s).{0,200}") {
        if let Ok(number) = evaluate(&text) {
            prop_assert!(number.value.is_finite());
        }
    }

    #[test]
    fn any_text_of_arithmetic_is_a_number_or_a_reason(text in "[-+*/() 0-9.epi]{0,60}") {
        if let Ok(number) = evaluate(&text) {
            prop_assert!(number.value.is_finite());
        }
    }

    #[test]
    fn any_references_have_a_value_or_one_line(
        texts in prop::collection::vec(
            prop::collection::vec(
                prop::sample::select(vec![
                    "${", "}", "a", "b", "c.d", "pi:", "eval:", "1", "+", "*", ":", "$", "???", ".",
                    "é", "'", "[0]", "${a}", "${b}", "${c.d}", "${pi:}", "${eval:1+1}",
                ]),
                0..8,
            ),
            3,
        ),
    ) {
        let quote = |words: &[&str]| words.concat().replace('\'', "''");
        let text = format!(
            "a: '{}'\nb: ['{}', x]\nc:\n  d: '{}'\n",
            quote(&texts[0]), quote(&texts[1]), quote(&texts[2])
        );
        if let Err(error) = resolve(&yaml::read(&text, "x.yml").unwrap()) {
            let message = error.to_string();
            prop_assert!(message.starts_with("x.yml:") && !message.contains('\n'), "{message:?}");
        }
    }
}

#[test]
fn python_has_the_same_precedence() {
    for (text, value, whole) in [
        ("1 + 2 * 3", 7.0, true),
        ("-2 ** 2", -4.0, true),
        ("2 ** -1", 0.5, false),
        ("2 ** 3 ** 2", 512.0, true),
        ("2 * -3", -6.0, true),
        ("- - 3", 3.0, true),
        ("8 / 2 / 2", 2.0, false),
        ("10 - 3 - 2", 5.0, true),
        ("(1 + 2) * 3", 9.0, true),
        ("1e-3", 0.001, false),
        ("1E+2 * .5", 50.0, false),
        ("5.", 5.0, false),
        (" pi ", std::f64::consts::PI, false),
        ("2 ** 60", 1_152_921_504_606_846_976.0, false),
    ] {
        assert_eq!(evaluate(text), Ok(Number { value, whole }), "{text}");
    }
    assert_eq!(evaluate("2 * 256").unwrap().to_text(), "512");
    assert_eq!(evaluate("1024 / 2").unwrap().to_text(), "512.0");
}

#[test]
fn nothing_else_is_evaluated() {
    let deep = format!("{}1{}", "(".repeat(400), ")".repeat(400));
    let signs = "-".repeat(900) + "1";
    let long = "1+".repeat(600) + "1";
    for (text, reason) in [
        ("", "a number is missing"),
        ("1 +", "a number is missing"),
        ("(1", "`)` is missing"),
        ("1)", "`)` cannot stand here"),
        ("1 / 0", "division by zero"),
        ("1 / (2 - 2)", "division by zero"),
        ("0 ** -1", "division by zero"),
        ("7 // 2", "`//`"),
        ("7 % 2", "`%` cannot stand here"),
        ("(-1) ** 0.5", "not a finite number"),
        ("10 ** 400", "not a finite number"),
        ("1e400", "not a finite number"),
        ("2 pi", "`p` cannot stand here"),
        ("1_000", "`_` cannot stand here"),
        ("0x10", "`x` cannot stand here"),
        ("abs(1)", "`abs`"),
        ("math.pi", "`math.pi`"),
        ("__import__('os').system('id')", "`__import__`"),
        ("nan", "`nan`"),
        ("1 if 1 else 2", "`i` cannot stand here"),
        (".", "`.` is not a number"),
        (deep.as_str(), "levels deep"),
        (signs.as_str(), "levels deep"),
        (long.as_str(), "longer than"),
    ] {
        let found = evaluate(text).unwrap_err();
        assert!(found.contains(reason), "{text}: {found}");
    }
}

/// What `key` resolves to in a text, or the message.
fn resolved(text: &str, key: &str) -> String {
    match resolve(&yaml::read(text, "x.yml").unwrap()) {
        Ok(tree) => tree.find(key).unwrap().describe(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn references_keep_the_kind_of_value() {
    let text = "a: {n: 3, t: 'x', l: [1, '${a.n}']}\nb: ${a.n}\nc: '${a.n}'\nd: ${a.l}\n\
                e: 'n${a.n}_${a.t}'\nf: ${eval:${a.n} * 2}\ng: '${eval: \"${f} ** 2\" }'\n\
                h: ${a.${a.t}}\n";
    assert_eq!(resolved(&text.replace("h: ${a.${a.t}}\n", ""), "b"), "3");
    let text = text.replace("${a.${a.t}}", "${a.${i}}") + "i: n\n";
    for (key, value) in [
        ("b", "3"),
        ("c", "3"),
        ("d", "a list of 2 values"),
        ("e", "the text `n3_x`"),
        ("f", "6"),
        ("g", "36"),
        ("h", "3"),
        ("a.n", "3"),
    ] {
        assert_eq!(resolved(&text, key), value, "{key}");
    }
}

#[test]
fn references_without_a_value_are_refused() {
    for (text, reason) in [
        ("a: ${a}", "x.yml:1: a: `${a}`: it refers to itself: a → a"),
        ("a: ${b}\nb: 'x${c.d}'\nc: {d: '${eval:${a}}'}", "a → b → c.d → a"),
        ("a: ['${a}']", "refers to itself"),
        ("a: ['${b}']\nb: ['${a}']", "refers to itself"),
        ("a: ${b.c}\nb: {d: 1}", "x.yml:1: a: `${b.c}`: there is no `b.c`"),
        ("a: ${b}\nb: {d: 1}", "`b` is a section"),
        ("a: 'x${b}'\nb: [1]", "cannot be part of a text"),
        ("a: ${b", "a `}` is missing"),
        ("a: '${eval:${b}'\nb: 1", "a `}` is missing"),
        ("a: ${.b}\nb: 1", "the whole key"),
        ("a: ${}", "the whole key"),
        ("a: ${oc.env:HOME}", "`oc.env` is not read"),
        ("a: ${pi:3}", "`pi` takes no argument"),
        ("a: ${eval:open('x')}", "x.yml:1: a: `${eval:open('x')}`: `open` is not a number"),
        ("b: 1\na: ${eval:1/(${b}-1)}", "x.yml:2: a: `${eval:1/(${b}-1)}`: division by zero"),
        ("a: ${b}\nb: ???", "x.yml:2: b: missing; ??? says that it has to be given: add `b=…`"),
    ] {
        let found = resolved(text, "a");
        assert!(found.contains(reason), "{text}: {found}");
    }
}

#[test]
fn values_that_multiply_themselves_are_stopped() {
    let mut long = "k0: 0123456789\n".to_owned();
    let mut empty = "k0: ''\n".to_owned();
    let mut lists = "k0: [1, 2]\n".to_owned();
    let mut chain = "k0: 1\n".to_owned();
    for i in 1..200 {
        let before = i - 1;
        if i < 40 {
            long += &format!("k{i}: '${{k{before}}}${{k{before}}}'\n");
            empty += &format!("k{i}: '${{k{before}}}${{k{before}}}'\n");
            lists += &format!("k{i}: ['${{k{before}}}', '${{k{before}}}']\n");
        }
        chain += &format!("k{i}: '${{k{before}}}'\n");
    }
    for (text, reason) in [
        (long, "it grows to more than"),
        (empty, "references in all"),
        (lists, "references in all"),
        (chain, "levels deep"),
    ] {
        let began = std::time::Instant::now();
        let found = resolved(&text, "k1");
        assert!(found.contains(reason), "{found}");
        assert!(began.elapsed().as_secs() < 5, "{reason} took too long");
    }
}
