//! No file of a crate imports, directly or through others, a file that imports it.
//!
//! What counts as an import: every path that begins with `crate`, `self` or `super`, or with the name
//! of a child module or of an imported one. A path is followed through re-exports to the file that
//! defines the item, so going through a parent's `mod.rs` is no import of that `mod.rs`, and neither
//! is a re-export itself unless the same file also uses the name.
//!
//! Simplifications: test code is left out; items that a macro makes, methods, and what a trait's
//! implementation pulls in are not seen; a module that stands inside a file counts as the file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Imports that still close a circle, as `(crate, importing file, imported file)`. Without them there is
/// none. The list may only shrink: an entry that closes no circle any more fails the test.
const ALLOWED: &[(&str, &str, &str)] = &[];

#[test]
fn no_file_imports_a_file_that_imports_it() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found: Vec<_> = fs::read_dir(&crates).unwrap().map(|entry| entry.unwrap()).collect();
    found.sort_by_key(fs::DirEntry::path);
    let mut problems = Vec::new();
    let mut seen = 0;
    for entry in found {
        let source = entry.path().join("src");
        if !source.is_dir() {
            continue;
        }
        let name = entry.file_name().into_string().unwrap();
        let imports = imports(&read_crate(&source));
        seen += imports.len();
        let allowed: BTreeSet<(String, String)> = ALLOWED
            .iter()
            .filter(|(krate, ..)| *krate == name)
            .map(|(_, from, to)| ((*from).to_owned(), (*to).to_owned()))
            .collect();
        let rest = |without: Option<&(String, String)>| -> BTreeSet<(String, String)> {
            let left_out =
                |edge: &&(String, String)| allowed.contains(edge) && Some(*edge) != without;
            imports.iter().filter(|edge| !left_out(edge)).cloned().collect()
        };
        for circle in circles(&rest(None)) {
            problems.push(format!(
                "{name}: these files import one another:\n  {}",
                circle.join("\n  ")
            ));
        }
        for edge in &allowed {
            if circles(&rest(Some(edge))).is_empty() {
                problems.push(format!(
                    "{name}: {} → {} closes no circle any more: take it off the list",
                    edge.0, edge.1
                ));
            }
        }
    }
    assert!(seen > 300, "only {seen} imports were found: are they still recognised?");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn no_command_imports_another() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let command = |file: &str| -> Option<String> {
        let name = file.strip_prefix("commands/")?.split(['/', '.']).next()?;
        (name != "mod").then(|| name.to_owned())
    };
    let found: Vec<_> = imports(&read_crate(&source))
        .into_iter()
        .filter_map(|(from, to)| Some((command(&from)?, command(&to)?)))
        .collect();
    assert!(!found.is_empty(), "are commands still there?");
    let crossing: Vec<_> = found.iter().filter(|(from, to)| from != to).collect();
    assert!(crossing.is_empty(), "{crossing:?}");
}

/// Names of files, relative to the crate's `src`, and their texts.
type Files = BTreeMap<String, String>;

fn read_crate(source: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![source.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(source).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

/// A file's code as words and signs, without comments, literals and test code.
fn tokens(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens: Vec<String> = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        let rest = &characters[at..];
        let starts = |text: &str| text.chars().enumerate().all(|(i, c)| rest.get(i) == Some(&c));
        let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
        if starts("//") {
            at += rest.iter().take_while(|c| **c != '\n').count();
        } else if starts("/*") {
            let end = (2..rest.len()).find(|&i| rest[i - 1..=i] == ['*', '/'] && i > 2);
            at += end.map_or(rest.len(), |end| end + 1);
        } else if let Some(length) = literal(rest) {
            at += length;
        } else if is_word(&rest[0]) {
            let length = rest.iter().take_while(|c| is_word(c)).count();
            tokens.push(rest[..length].iter().collect());
            at += length;
        } else if starts("::") {
            tokens.push("::".to_owned());
            at += 2;
        } else {
            if !rest[0].is_whitespace() {
                tokens.push(rest[0].to_string());
            }
            at += 1;
        }
    }
    without_tests(&tokens)
}

/// Length of the text or character literal that code begins with, if it does.
fn literal(code: &[char]) -> Option<usize> {
    let raw = usize::from(code[0] == 'b');
    if code.get(raw) == Some(&'r') {
        let hashes = code[raw + 1..].iter().take_while(|c| **c == '#').count();
        if code.get(raw + 1 + hashes) == Some(&'"') {
            let begin = raw + 2 + hashes;
            let ends = |i: &usize| {
                code[*i] == '"'
                    && code[i + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes
            };
            return Some((begin..code.len()).find(ends)? + 1 + hashes);
        }
    }
    let quote = code[0];
    if quote == '\'' {
        // A lifetime has no second quote: `'a`, but `'a'` and `'\n'`.
        let is_character = code.get(1) == Some(&'\\') || code.get(2) == Some(&'\'');
        is_character.then_some(())?;
    } else if quote != '"' {
        return None;
    }
    let mut at = 1;
    while *code.get(at)? != quote {
        at += if code[at] == '\\' { 2 } else { 1 };
    }
    Some(at + 1)
}

/// Drops every item that stands behind `#[cfg(test)]` or `#[cfg(doctest)]`.
fn without_tests(tokens: &[String]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let is = |text: &str| {
            let words = text.split(' ');
            words.enumerate().all(|(i, word)| tokens.get(at + i).is_some_and(|token| token == word))
        };
        if !is("# [ cfg ( test ) ]") && !is("# [ cfg ( doctest ) ]") {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        at += 7;
        // To the end of the item: its `;`, or the brace that closes its first one.
        let mut depth = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token.as_str() {
                "{" | "(" | "[" => depth += 1,
                "}" | ")" | "]" => depth -= 1,
                _ => {}
            }
            if depth == 0 && matches!(token.as_str(), ";" | "}") {
                break;
            }
        }
    }
    kept
}

/// What a file says that matters here.
#[derive(Default)]
struct Module {
    file: String,
    /// Modules that it declares.
    children: BTreeSet<String>,
    /// Items that it defines.
    items: BTreeSet<String>,
    /// Names that `use` brings in, with where they come from.
    names: BTreeMap<String, Vec<String>>,
    /// Modules whose every name `use` brings in.
    globs: Vec<Vec<String>>,
    /// Names that `use` brings in and hands on.
    handed_on: BTreeSet<String>,
    /// Paths in the rest of the code, and single words.
    paths: BTreeSet<Vec<String>>,
}

/// All imports of a crate, as pairs of files.
fn imports(files: &Files) -> BTreeSet<(String, String)> {
    let mut modules: BTreeMap<Vec<String>, Module> = BTreeMap::new();
    for (file, text) in files {
        let module = module_of(file);
        modules.insert(module, read_module(file, &tokens(text)));
    }
    // What no file declares outside of test code is test code.
    let roots = [Vec::new(), vec!["main".to_owned()]];
    let declared = |path: &[String]| {
        (1..=path.len()).all(|length| {
            let parent = modules.get(&path[..length - 1]);
            parent.is_some_and(|parent| parent.children.contains(&path[length - 1]))
        })
    };
    let live: Vec<Vec<String>> =
        modules.keys().filter(|path| roots.contains(path) || declared(path)).cloned().collect();
    let mut edges = BTreeSet::new();
    for here in &live {
        let module = &modules[here];
        let used = |name: &String| module.paths.iter().any(|path| path[0] == *name);
        let from_uses = module
            .names
            .iter()
            .filter(|(name, _)| !module.handed_on.contains(*name) || used(name))
            .map(|(_, path)| path);
        for path in from_uses.chain(&module.paths) {
            let Some(target) = absolute(here, module, path) else { continue };
            let Some(found) = resolve(&modules, target, 0) else { continue };
            // An imported module is an import of what is then used of it.
            let whole_module = modules.contains_key(&found.1) && found.0 == found.1;
            if !whole_module && modules[&found.1].file != module.file {
                edges.insert((module.file.clone(), modules[&found.1].file.clone()));
            }
        }
    }
    edges
}

fn module_of(file: &str) -> Vec<String> {
    let mut path: Vec<String> =
        file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if path.last().is_some_and(|last| last == "mod") || path == ["lib"] {
        path.pop();
    }
    path
}

fn read_module(file: &str, tokens: &[String]) -> Module {
    let mut module = Module { file: file.to_owned(), ..Module::default() };
    let is_word = |token: &str| token.chars().all(|c| c.is_alphanumeric() || c == '_');
    let mut at = 0;
    while at < tokens.len() {
        let token = tokens[at].as_str();
        let next = tokens.get(at + 1).map_or("", String::as_str);
        match token {
            "use" => {
                let end = at + tokens[at..].iter().position(|token| token == ";").unwrap_or(0);
                let visible = at > 0 && matches!(tokens[at - 1].as_str(), "pub" | ")");
                let mut position = at + 1;
                read_use(&tokens[..end], &mut position, &[], visible, &mut module);
                at = end;
            }
            "mod" if is_word(next) => {
                if tokens.get(at + 2).is_some_and(|token| token == ";") {
                    module.children.insert(next.to_owned());
                }
                at += 1;
            }
            "struct" | "enum" | "trait" | "fn" | "const" | "static" | "type" | "union"
                if is_word(next) =>
            {
                module.items.insert(next.to_owned());
                at += 1;
            }
            _ if is_word(token) && (at == 0 || !matches!(tokens[at - 1].as_str(), "::" | ".")) => {
                let mut path = vec![token.to_owned()];
                while tokens.get(at + 1).is_some_and(|token| token == "::")
                    && tokens.get(at + 2).is_some_and(|token| is_word(token))
                {
                    path.push(tokens[at + 2].clone());
                    at += 2;
                }
                module.paths.insert(path);
            }
            _ => {}
        }
        at += 1;
    }
    module
}

/// Reads what stands behind `use`, from `at` on.
fn read_use(
    tokens: &[String],
    at: &mut usize,
    before: &[String],
    visible: bool,
    module: &mut Module,
) {
    let mut path = before.to_vec();
    while let Some(token) = tokens.get(*at) {
        *at += 1;
        match token.as_str() {
            "::" => {}
            "{" => {
                while tokens.get(*at).is_some_and(|token| token != "}") {
                    read_use(tokens, at, &path, visible, module);
                    if tokens.get(*at).is_some_and(|token| token == ",") {
                        *at += 1;
                    }
                }
                *at += 1;
                return;
            }
            "*" => {
                module.globs.push(path);
                return;
            }
            "as" => {
                let name = tokens[*at].clone();
                *at += 1;
                bring_in(module, name, path, visible);
                return;
            }
            "," | "}" => {
                *at -= 1;
                break;
            }
            word => path.push(word.to_owned()),
        }
    }
    if path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    if let Some(name) = path.last().cloned() {
        bring_in(module, name, path, visible);
    }
}

fn bring_in(module: &mut Module, name: String, path: Vec<String>, visible: bool) {
    if visible {
        module.handed_on.insert(name.clone());
    }
    module.names.insert(name, path);
}

/// A path from the crate's root; none if it leads out of the crate or is a plain name.
fn absolute(here: &[String], module: &Module, path: &[String]) -> Option<Vec<String>> {
    let mut base = here.to_vec();
    if base == ["main"] {
        base.clear();
    }
    let mut rest = path;
    match path[0].as_str() {
        "crate" => {
            base.clear();
            rest = &path[1..];
        }
        "self" => rest = &path[1..],
        "super" => {
            while rest.first().is_some_and(|word| word == "super") {
                base.pop()?;
                rest = &rest[1..];
            }
        }
        first if module.children.contains(first) => {}
        // Through an imported module.
        first if path.len() > 1 && module.names.get(first).is_some_and(|from| from != path) => {
            let from = &module.names[first];
            if from[0] == first {
                return None;
            }
            base = absolute(here, module, from)?;
            rest = &path[1..];
        }
        _ => return None,
    }
    base.extend(rest.iter().cloned());
    Some(base)
}

/// The path as far as it was followed, and the module that defines what it means.
fn resolve(
    modules: &BTreeMap<Vec<String>, Module>,
    path: Vec<String>,
    depth: usize,
) -> Option<(Vec<String>, Vec<String>)> {
    if depth > 20 {
        return None;
    }
    let mut here = Vec::new();
    for (i, word) in path.iter().enumerate() {
        let module = modules.get(&here)?;
        if module.children.contains(word) {
            here.push(word.clone());
            continue;
        }
        if module.items.contains(word) {
            return Some((path.clone(), here));
        }
        if let Some(from) = module.names.get(word)
            && let Some(mut target) = absolute(&here, module, from)
        {
            target.extend(path[i + 1..].iter().cloned());
            return resolve(modules, target, depth + 1);
        }
        for glob in &module.globs {
            if let Some(mut target) = absolute(&here, module, glob) {
                let defines = modules.get(&target).is_some_and(|module| {
                    module.items.contains(word) || module.names.contains_key(word)
                });
                if defines {
                    target.extend(path[i..].iter().cloned());
                    return resolve(modules, target, depth + 1);
                }
            }
        }
        return Some((path.clone(), here));
    }
    modules.contains_key(&here).then(|| (here.clone(), here))
}

/// Sets of files that import one another, each with its imports, as `a → b`.
fn circles(edges: &BTreeSet<(String, String)>) -> Vec<Vec<String>> {
    let files: BTreeSet<&String> = edges.iter().flat_map(|(from, to)| [from, to]).collect();
    let reached: BTreeMap<&String, BTreeSet<&String>> =
        files.iter().map(|file| (*file, reach(edges, file))).collect();
    let mut done = BTreeSet::new();
    let mut circles = Vec::new();
    for file in &files {
        if done.contains(file) || !reached[file].contains(file) {
            continue;
        }
        let circle: BTreeSet<&String> =
            reached[file].iter().copied().filter(|other| reached[other].contains(file)).collect();
        let inside = edges.iter().filter(|(from, to)| circle.contains(from) && circle.contains(to));
        circles.push(inside.map(|(from, to)| format!("{from} → {to}")).collect());
        done.extend(circle);
    }
    circles
}

/// The files that a file imports, directly or through others.
fn reach<'a>(edges: &'a BTreeSet<(String, String)>, start: &'a String) -> BTreeSet<&'a String> {
    let mut found = BTreeSet::new();
    let mut open = vec![start];
    while let Some(file) = open.pop() {
        let next = edges.iter().filter(|(from, _)| from == file).map(|(_, to)| to);
        open.extend(next.filter(|to| found.insert(*to)));
    }
    found
}

fn made_up(files: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    imports(&files)
}

fn edges(found: &BTreeSet<(String, String)>) -> Vec<String> {
    found.iter().map(|(from, to)| format!("{from} → {to}")).collect()
}

#[test]
fn circles_are_found_directly_and_through_others() {
    let found = made_up(&[
        ("lib.rs", "mod a; mod b; pub mod room; mod alone;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "pub struct B; fn f() { crate::room::thing() }"),
        ("room/mod.rs", "//! use crate::alone;\nmod inner; pub use inner::{thing, Other as Else};"),
        ("room/inner.rs", "use super::super::a; pub fn thing(_: a::A) {} pub struct Other;"),
        ("alone.rs", "use crate::room::Else; const TEXT: &str = \"crate::b::B\";"),
    ]);
    assert_eq!(
        edges(&found),
        ["a.rs → b.rs", "alone.rs → room/inner.rs", "b.rs → room/inner.rs", "room/inner.rs → a.rs"]
    );
    let circles = circles(&found);
    assert_eq!(circles, [["a.rs → b.rs", "b.rs → room/inner.rs", "room/inner.rs → a.rs"]]);
}

#[test]
fn a_parent_that_uses_its_child_and_the_other_way_round_is_a_circle() {
    let parent = |text| [("lib.rs", "mod room;"), ("room/mod.rs", text)];
    let child = ("room/child.rs", "use super::Item; pub struct Child(Item); pub fn make() {}");
    for (text, circular) in [
        ("mod child; pub use child::Child; pub struct Item;", false),
        ("mod child; pub use child::Child; pub struct Item; fn f(_: Child) {}", true),
        ("mod child; use child::Child; pub struct Item;", true),
        ("mod child; pub struct Item; fn f() { child::make() }", true),
        ("mod child; pub struct Item; /* child::make() */", false),
        ("mod child; pub struct Item; #[cfg(test)] mod tests { use super::child::make; }", false),
    ] {
        let found = made_up(&[&parent(text)[..], &[child]].concat());
        assert_eq!(circles(&found).is_empty(), !circular, "{text}: {:?}", edges(&found));
    }
}

#[test]
fn test_code_and_other_crates_do_not_count() {
    let found = made_up(&[
        ("lib.rs", "mod a; #[cfg(test)] mod tests;"),
        ("a.rs", "use std::fmt; fn f<'a>(c: &'a str) { let q = '\"'; r#\"crate::tests\"#; }"),
        ("tests.rs", "use crate::a::*; use super::a::f;"),
    ]);
    assert_eq!(edges(&found), Vec::<String>::new());
}

#[test]
fn globs_are_followed_to_the_file_that_defines_a_name() {
    let found = made_up(&[
        ("lib.rs", "mod room; mod user;"),
        ("room/mod.rs", "mod results; mod other; pub use results::*; pub use other::Thing;"),
        ("room/results.rs", "pub struct Found;"),
        ("room/other.rs", "pub struct Thing;"),
        ("user.rs", "use crate::room::{Found, Thing};"),
    ]);
    assert_eq!(edges(&found), ["user.rs → room/other.rs", "user.rs → room/results.rs"]);
}
