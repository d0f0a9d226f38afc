//! Text in columns.

/// How wide a screen is taken to be: more than a terminal's 80, since ids are long.
pub const WIDTH: usize = 100;

/// The lines in columns: the first `left` of them begin at the left, numbers after them end at the right.
pub fn aligned<const N: usize>(lines: &[[String; N]], left: usize) -> String {
    let length = |cell: &String| cell.chars().count();
    let widths: [usize; N] = std::array::from_fn(|column| {
        lines.iter().map(|line| length(&line[column])).max().unwrap_or(0)
    });
    let padded = |line: &[String; N]| {
        let cells = line.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
            if column < left { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    lines.iter().map(padded).collect()
}

/// `text` after a `head` of `indent` characters, broken between words where the screen ends, and indented alike.
pub fn wrapped(head: &str, text: &str, indent: usize) -> String {
    let mut out = format!("{head:<indent$}");
    let mut column = indent;
    for (index, word) in text.split_whitespace().enumerate() {
        let length = word.chars().count();
        if index > 0 && column + 1 + length > WIDTH {
            out += &format!("\n{:indent$}", "");
            column = indent;
        } else if index > 0 {
            out += " ";
            column += 1;
        }
        out += word;
        column += length;
    }
    out + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_to_the_left_and_numbers_to_the_right() {
        let line = |cells: [&str; 3]| cells.map(str::to_owned);
        let lines = [line(["a", "lies", "ok"]), line(["agent", "7", "no"])];
        assert_eq!(aligned(&lines, 1), "a      lies  ok\nagent     7  no\n");
        assert_eq!(aligned(&lines, 3), "a      lies  ok\nagent  7     no\n");
    }

    #[test]
    fn a_long_text_is_broken_between_words() {
        let text = wrapped("name", &"word ".repeat(40), 10);
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        let (first, second) = text.trim_end().split_once('\n').unwrap();
        assert_eq!((&first[..14], &second[..14]), ("name      word", "          word"));
    }
}
