//! The whole command line as one Markdown page, with a section for each command.

use clap::{Arg, Command};

/// Returns the page of a command that was built, and of those under it.
pub(crate) fn page(command: &Command) -> String {
    let mut page = String::new();
    section(command, "#", &mut page);
    page
}

fn section(command: &Command, level: &str, page: &mut String) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    page.push_str(&format!("{level} `{name}`\n\n"));
    if let Some(about) = command.get_long_about().or(command.get_about()) {
        page.push_str(&format!("{}\n\n", escaped(&about.to_string())));
    }
    page.push_str(&format!("```text\n{usage}\n```\n\n"));
    let shown = |argument: &&Arg| {
        !argument.is_hide_set() && !["help", "version"].contains(&argument.get_id().as_str())
    };
    for argument in command.get_arguments().filter(shown) {
        page.push_str(&item(argument));
    }
    page.push('\n');
    if let Some(after) = command.get_after_long_help().or(command.get_after_help()) {
        page.push_str(&closing(&after.to_string()));
    }
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        section(below, &format!("{level}#"), page);
    }
}

/// An argument as an item of a list: how it is written, its meaning, its values and its default.
fn item(argument: &Arg) -> String {
    let help = argument.get_long_help().or(argument.get_help());
    let mut text = escaped(&help.map(ToString::to_string).unwrap_or_default());
    let defaults = argument.get_default_values();
    let given = argument.get_action().takes_values() && !argument.is_hide_default_value_set();
    if given && !defaults.is_empty() {
        let values: Vec<_> = defaults.iter().map(|value| value.to_string_lossy()).collect();
        text.push_str(&format!(" [default: `{}`]", values.join(",")));
    }
    for value in argument.get_possible_values().iter().filter(|value| !value.is_hide_set()) {
        let about = value.get_help().map(|help| format!(": {}", escaped(&help.to_string())));
        text.push_str(&format!("\n- `{}`{}", value.get_name(), about.unwrap_or_default()));
    }
    format!("- `{argument}`: {}\n", text.replace('\n', "\n  "))
}

/// The text after a command's help: lines that are indented, or follow `Example:`, are for a shell.
fn closing(text: &str) -> String {
    let mut page = String::new();
    let mut in_code = false;
    for line in text.replace("Example: ", "Example:\n  ").lines() {
        let code = line.strip_prefix("  ");
        if code.is_some() != in_code {
            page.push_str(if in_code { "```\n" } else { "\n```sh\n" });
            in_code = code.is_some();
        }
        page.push_str(&code.map_or_else(|| escaped(line), str::to_owned));
        page.push('\n');
    }
    page + if in_code { "```\n\n" } else { "\n" }
}

/// Plain text, in which only code in backticks means anything to Markdown; flags become code.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for (number, part) in text.split('`').enumerate() {
        if number % 2 == 1 {
            out.push_str(&format!("`{part}`"));
            continue;
        }
        for word in part.split_inclusive(char::is_whitespace) {
            let flag = word.trim_end_matches(|c: char| c.is_whitespace() || ",.;:)".contains(c));
            if flag.starts_with("--") {
                out.push_str(&format!("`{flag}`{}", &word[flag.len()..]));
                continue;
            }
            for c in word.chars() {
                if r"\*_<>[]$~".contains(c) {
                    out.push('\\');
                }
                out.push(c);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::builder::PossibleValue;

    #[test]
    fn a_page_has_every_command_flag_value_and_example() {
        let colour = [PossibleValue::new("red").help("like fire"), PossibleValue::new("blue")];
        let paint = Command::new("paint")
            .about("Paint a wall")
            .arg(Arg::new("WALL").required(true).help("A wall, such as `north`"))
            .arg(Arg::new("colour").long("colour").value_parser(colour).default_value("red"))
            .arg(Arg::new("secret").long("secret").hide(true))
            .after_help("Examples:\n  decor paint a\n  decor paint b\n\nWith --dry, it dries.");
        let mut command = Command::new("decor")
            .about("Decorate rooms_of_any *kind*")
            .subcommand(paint)
            .after_help("Example: decor paint a")
            .disable_help_subcommand(true);
        command.build();
        insta::assert_snapshot!(page(&command));
    }
}
