//! Arithmetic in configuration values: numbers, π, `+ − * / **` and parentheses, as Python has them.

use std::f64::consts::PI;

/// Longest expression, in bytes.
const LONGEST: usize = 1000;
/// Deepest nesting of parentheses, signs and powers.
const DEEPEST: usize = 64;
/// Whole numbers below this are exact in double precision.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A finite result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    pub(super) value: f64,
    /// Whether Python would call it an integer: nothing but whole numbers, and no division.
    pub(super) whole: bool,
}

impl Number {
    fn whole(value: f64, whole: bool) -> Self {
        Self { value, whole: whole && value.fract() == 0.0 && value.abs() < EXACT }
    }

    /// As YAML that reads back to the same number.
    pub(super) fn to_text(self) -> String {
        if self.whole { format!("{:.0}", self.value) } else { format!("{:?}", self.value) }
    }
}

/// Evaluates an expression; anything else than the arithmetic above is refused, with the reason in
/// words.
pub(super) fn evaluate(text: &str) -> Result<Number, String> {
    if text.len() > LONGEST {
        return Err(format!("longer than {LONGEST} characters"));
    }
    let mut parser = Parser { rest: text, depth: 0 };
    let number = parser.sum()?;
    match parser.peek() {
        None => Ok(number),
        Some(found) => Err(format!(
            "`{found}` cannot stand here; numbers, pi, + - * / ** and parentheses are read, no \
             functions and no other names"
        )),
    }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl Parser<'_> {
    /// The next character that is not a space.
    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    /// Goes past `token` if it comes next.
    fn take(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn deeper(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("nested more than {DEEPEST} levels deep"));
        }
        Ok(())
    }

    fn sum(&mut self) -> Result<Number, String> {
        let mut left = self.product()?;
        loop {
            let sign = match self.peek() {
                Some('+') => 1.0,
                Some('-') => -1.0,
                _ => return Ok(left),
            };
            self.rest = &self.rest[1..];
            let right = self.product()?;
            left = finite(left.value + sign * right.value, left.whole && right.whole)?;
        }
    }

    fn product(&mut self) -> Result<Number, String> {
        let mut left = self.signed()?;
        loop {
            // `**` was taken by what stands before it.
            if self.take("*") {
                let right = self.signed()?;
                left = finite(left.value * right.value, left.whole && right.whole)?;
            } else if self.take("/") {
                if self.rest.starts_with('/') {
                    return Err("`//` is not read; use /".to_owned());
                }
                let right = self.signed()?;
                if right.value == 0.0 {
                    return Err("division by zero".to_owned());
                }
                left = finite(left.value / right.value, false)?;
            } else {
                return Ok(left);
            }
        }
    }

    /// A sign binds less tightly than a power before it, and more tightly than one after it:
    /// −2**2 = −4, 2**−1 = ½.
    fn signed(&mut self) -> Result<Number, String> {
        let sign = match self.peek() {
            Some('-') => -1.0,
            Some('+') => 1.0,
            _ => return self.power(),
        };
        self.rest = &self.rest[1..];
        self.deeper()?;
        let number = self.signed()?;
        self.depth -= 1;
        Ok(Number { value: sign * number.value, whole: number.whole })
    }

    fn power(&mut self) -> Result<Number, String> {
        let base = self.atom()?;
        if !self.take("**") {
            return Ok(base);
        }
        self.deeper()?;
        let exponent = self.signed()?;
        self.depth -= 1;
        if base.value == 0.0 && exponent.value < 0.0 {
            return Err("division by zero".to_owned());
        }
        let whole = base.whole && exponent.whole && exponent.value >= 0.0;
        finite(libm::pow(base.value, exponent.value), whole)
    }

    fn atom(&mut self) -> Result<Number, String> {
        if self.take("(") {
            self.deeper()?;
            let inner = self.sum()?;
            self.depth -= 1;
            return if self.take(")") { Ok(inner) } else { Err("a `)` is missing".to_owned()) };
        }
        match self.peek() {
            None => Err("a number is missing".to_owned()),
            Some(c) if c.is_ascii_digit() || c == '.' => self.literal(),
            Some(c) if c.is_alphabetic() || c == '_' => self.name(),
            Some(c) => Err(format!("`{c}` stands where a number is wanted")),
        }
    }

    fn literal(&mut self) -> Result<Number, String> {
        let bytes = self.rest.as_bytes();
        let digits =
            |from: usize| from + bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
        let mut end = digits(0);
        let mut whole = true;
        if bytes.get(end) == Some(&b'.') {
            whole = false;
            end = digits(end + 1);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let signed = matches!(bytes.get(end + 1), Some(b'+' | b'-'));
            let first = end + 1 + usize::from(signed);
            if digits(first.min(bytes.len())) > first {
                whole = false;
                end = digits(first);
            }
        }
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        let value: f64 = text.parse().map_err(|_| format!("`{text}` is not a number"))?;
        finite(value, whole)
    }

    fn name(&mut self) -> Result<Number, String> {
        let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.');
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        if name != "pi" {
            return Err(format!("`{name}` is not a number; the only name allowed is pi"));
        }
        self.rest = rest;
        Ok(Number { value: PI, whole: false })
    }
}

fn finite(value: f64, whole: bool) -> Result<Number, String> {
    if value.is_finite() {
        Ok(Number::whole(value, whole))
    } else {
        Err("the result is not a finite number".to_owned())
    }
}
