//! Twelve lines that say the same are no evidence: what repeats itself is said once, with a count.

/// So many lines may be what repeats itself: the report of an error in most languages.
const LONGEST: usize = 12;

/// So often it must come again: two lines that are alike need no count.
const TIMES: usize = 2;

/// `lines`, where each block of lines that comes again at once, and again, is told once with a count.
/// Lines that differ only in their numbers (and so in their times and addresses) are alike.
pub fn fold(lines: Vec<String>) -> Vec<String> {
    let essence: Vec<String> = lines.iter().map(|line| without_numbers(line)).collect();
    let mut folded = vec![];
    let mut at = 0;
    while at < lines.len() {
        let repeats = |size: usize| again(&essence[at..], size);
        // The shortest block, or a run of equal lines would be pairs of lines.
        let block = (1..=LONGEST).find(|size| repeats(*size) >= TIMES);
        let size = block.unwrap_or(1);
        folded.extend_from_slice(&lines[at..at + size]);
        at += size;
        if block.is_some() {
            let more = again(&essence[at - size..], size);
            folded.push(match size {
                1 => format!("({more} more lines like it)"),
                _ => format!("(these {size} lines {more} more times)"),
            });
            at += more * size;
        }
    }
    folded
}

/// How often the first `size` lines come again after themselves.
fn again(lines: &[String], size: usize) -> usize {
    let Some((first, rest)) = lines.split_at_checked(size) else { return 0 };
    rest.chunks_exact(size).take_while(|next| *next == first).count()
}

/// What a message holds is no number, whatever it looks like: these begin it, in the words of agents and in
/// those of the wire (`[2: "42"]`), and these end it.
const CONTENT: [(&str, char); 4] =
    [("\"hex\":\"", '"'), ("\"text\":\"", '"'), ("\"sha1\":\"", '"'), ("[#: ", ']')];

/// `line` with one sign for each number, whether decimal or `0x…`.
fn without_numbers(line: &str) -> String {
    let mut essence = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if let Some((_, end)) = CONTENT.iter().find(|(begin, _)| essence.ends_with(begin)) {
            let content = rest.find(*end).map_or(rest.len(), |at| at + end.len_utf8());
            essence.push_str(&rest[..content]);
            rest = &rest[content..];
        } else if let Some(digits) = rest.strip_prefix("0x") {
            essence.push('#');
            rest = digits.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        } else if c.is_ascii_digit() {
            essence.push('#');
            rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        } else {
            essence.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    essence
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(lines: &[&str]) -> Vec<String> {
        fold(lines.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn lines_that_differ_only_in_numbers_are_told_once() {
        let tries: Vec<String> =
            (1..=12).map(|n| format!("09:59:{n:02}.{n} try {n} at 0x7f{n:x}e0: refused")).collect();
        let tries: Vec<_> =
            ["starting"].into_iter().chain(tries.iter().map(String::as_str)).collect();
        assert_eq!(
            folded(&tries),
            ["starting", "09:59:01.1 try 1 at 0x7f1e0: refused", "(11 more lines like it)"]
        );
    }

    #[test]
    fn blocks_of_lines_are_told_once_too() {
        let lines =
            ["Traceback:", "  line 7", "Traceback:", "  line 8", "Traceback:", "  line 9", "end"];
        assert_eq!(
            folded(&lines),
            ["Traceback:", "  line 7", "(these 2 lines 2 more times)", "end"]
        );
    }

    #[test]
    fn what_messages_hold_is_no_number() {
        let came = |hex: &str| format!(r#"B ← {{"frames":[{{"hex":"{hex}"}}],"id":7}}"#);
        let sent = |n: u8| format!(r#"A → {{"frames":[{{"text":"{n}"}}],"timeout_ms":{n}}}"#);
        let wire = |n: u8| format!(r#"0.00{n} s  PUB → SUB [1: "{n}"]"#);
        let lines = [came("31"), came("32"), came("33"), sent(1), sent(2), sent(3)];
        assert_eq!(fold(lines.to_vec()), lines);
        let lines = [wire(1), wire(2), wire(3)];
        assert_eq!(fold(lines.to_vec()), lines);
        let same = [came("31"), came("31").replace('7', "8"), came("31").replace('7', "9")];
        assert_eq!(fold(same.to_vec()), [&came("31"), "(2 more lines like it)"]);
    }

    #[test]
    fn what_differs_stays() {
        for lines in
            [&["a", "b", "a", "c"][..], &["a 1", "a 2"], &["x", "xx", "xxx"], &[], &["über 1"]]
        {
            assert_eq!(folded(lines), lines);
        }
        let once = folded(&["a", "a", "a", "b"]);
        assert_eq!(fold(once.clone()), once);
    }
}
