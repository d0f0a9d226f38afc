//! The options of the agent contract, and the cases that see from outside whether one is set: in which an agent
//! is red that answers `ok`, remembers the value, tells it to who asks, and does not set it.

use super::agent::OPTIONS;

/// Each option with the cases that see it, in the order of the contract and of the documentation.
pub fn options_seen() -> Vec<(&'static str, Vec<&'static str>)> {
    let seeing = |option: &str| {
        let forgets = |case: &&super::case::Case| {
            case.mutants.iter().any(|mutant| mutant.told() == ("forget", option))
        };
        super::all().filter(forgets).map(|case| case.name).collect()
    };
    OPTIONS.iter().map(|(option, ..)| (*option, seeing(option))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_option_is_taken_for_nothing_unseen() {
        let unseen = options_seen().into_iter().filter(|(_, cases)| cases.is_empty());
        let unseen: Vec<_> = unseen.map(|(option, _)| option).collect();
        assert!(unseen.is_empty(), "no case sees whether these are set: {unseen:?}");
    }

    #[test]
    fn the_options_are_those_of_the_contract() {
        let contract = include_str!("../../../docs/agent-contract.md");
        let (list, _) = contract.split_once("and for `get` also").unwrap();
        let (_, list) = list.rsplit_once("\n\n").unwrap();
        let of_name = |c: char| c == '_' || c.is_ascii_uppercase() || c.is_ascii_digit();
        let name = |word: &&str| !word.is_empty() && word.chars().all(of_name);
        let mut listed: Vec<_> = list.split('`').filter(name).collect();
        let mut known: Vec<_> = OPTIONS.iter().map(|(option, ..)| *option).collect();
        listed.sort_unstable();
        known.sort_unstable();
        assert_eq!(listed, known);
    }
}
