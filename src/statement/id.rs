//! Ids of statements, several of which may be written together.

/// The ids that `text` stands for: `23-NULL-01, 05, 07..11` is seven.
pub fn expand(text: &str) -> Result<Vec<String>, String> {
    let wrong = || format!("'{text}' is no id; 28-REQ-06 is one, 23-NULL-01, 05, 07..11 are seven");
    let mut parts = text.split(", ");
    let (prefix, first) = parts.next().and_then(|p| p.rsplit_once('-')).ok_or_else(wrong)?;
    let (rfc, group) = prefix.split_once('-').ok_or_else(wrong)?;
    if number(rfc).is_none() || group.is_empty() || !group.chars().all(|c| c.is_ascii_uppercase()) {
        return Err(wrong());
    }
    let mut ids = vec![];
    for part in [first].into_iter().chain(parts) {
        let (from, to) = part.split_once("..").unwrap_or((part, part));
        let (from, to) = number(from).zip(number(to)).ok_or_else(wrong)?;
        if from > to {
            return Err(wrong());
        }
        ids.extend((from..=to).map(|number| format!("{prefix}-{number:02}")));
    }
    Ok(ids)
}

/// The RFC that the id begins with.
pub fn rfc(id: &str) -> Option<u8> {
    id.split_once('-').and_then(|(rfc, _)| number(rfc))
}

/// A number of two digits.
fn number(text: &str) -> Option<u8> {
    (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_are_written_together() {
        assert_eq!(expand("28-REQ-06").unwrap(), ["28-REQ-06"]);
        assert_eq!(expand("41-A-01, 17").unwrap(), ["41-A-01", "41-A-17"]);
        assert_eq!(expand("48-A-09, 11..12").unwrap(), ["48-A-09", "48-A-11", "48-A-12"]);
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in
            ["", "28", "28-REQ", "28-REQ-6", "28-req-06", "REQ-06", "28-REQ-06..02", "28-REQ-06,07"]
        {
            assert!(expand(text).unwrap_err().contains("is no id"), "{text}");
        }
    }
}
