//! Which cells a scenario has: pairwise, so that every two peers meet in every two neighbouring
//! places (a Latin square: n² cells where the full product has n³), or the full product.

use super::topology::{Place, Scenario};
use crate::peer::Peer;
use crate::suite::coverage::Coverage;

/// What stands in a cell's id for a place that all peers share.
pub const ALL: &str = "all";

/// The peer's name for each place, for each cell of `scenario` over `peers`.
pub fn rows(scenario: &dyn Scenario, peers: &[&Peer], coverage: Coverage) -> Vec<Vec<String>> {
    let candidates: Vec<Vec<&str>> = scenario
        .places()
        .iter()
        .map(|place| {
            let able = peers.iter().filter(|peer| peer.has(place.role()));
            match place {
                Place::One(_) => able.map(|peer| peer.name.as_str()).collect(),
                Place::All(_) => able.take(1).map(|_| ALL).collect(),
            }
        })
        .collect();
    let rows = match coverage {
        Coverage::Full => product(&candidates),
        Coverage::Pairwise | Coverage::Engines => pairwise(&candidates),
    };
    rows.into_iter().map(|row| row.into_iter().map(String::from).collect()).collect()
}

fn product<'a>(candidates: &[Vec<&'a str>]) -> Vec<Vec<&'a str>> {
    candidates.iter().fold(vec![vec![]], |rows, place| {
        let extend = |row: &Vec<&'a str>| {
            let row = row.clone();
            place
                .iter()
                .map(move |name| row.iter().copied().chain([*name]).collect())
                .collect::<Vec<_>>()
        };
        rows.iter().flat_map(extend).collect()
    })
}

/// Place by place from the left, each row is continued so that every pair of a place and the next is
/// there; rotating by the left neighbour's number spreads the pairs that nobody asked for.
fn pairwise<'a>(candidates: &[Vec<&'a str>]) -> Vec<Vec<&'a str>> {
    let Some((first, rest)) = candidates.split_first() else { return vec![] };
    let mut rows: Vec<Vec<&str>> = first.iter().map(|name| vec![*name]).collect();
    for (place, next) in rest.iter().enumerate() {
        let here = &candidates[place];
        let mut continued = vec![];
        for (number, name) in here.iter().enumerate() {
            let ending: Vec<_> = rows.iter().filter(|row| row[place] == *name).collect();
            if ending.is_empty() || next.is_empty() {
                continue;
            }
            for i in 0..ending.len().max(next.len()) {
                let mut row = ending[i % ending.len()].clone();
                row.push(next[(i + number) % next.len()]);
                continued.push(row);
            }
        }
        rows = continued;
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const A: [&str; 4] = ["bash", "perl", "python", "rust"];

    fn pairs<'a>(rows: &[Vec<&'a str>], place: usize) -> BTreeSet<(&'a str, &'a str)> {
        rows.iter().map(|row| (row[place], row[place + 1])).collect()
    }

    #[test]
    fn every_two_meet_in_neighbouring_places() {
        for (first, second, third) in [(4, 4, 4), (4, 3, 3), (3, 4, 2), (1, 3, 4), (2, 1, 4)] {
            let places = [A[..first].to_vec(), A[..second].to_vec(), A[..third].to_vec()];
            let rows = pairwise(&places);
            assert_eq!(pairs(&rows, 0).len(), first * second);
            assert_eq!(pairs(&rows, 1).len(), second * third);
            assert_eq!(rows.len(), second * first.max(third), "no more rows than needed");
            assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), rows.len());
        }
    }

    #[test]
    fn a_place_that_nobody_can_fill_has_no_cells() {
        assert!(pairwise(&[A.to_vec(), vec![], A.to_vec()]).is_empty());
        assert!(product(&[A.to_vec(), vec![]]).is_empty());
    }

    #[test]
    fn the_product_is_whole() {
        assert_eq!(product(&[A.to_vec(), A.to_vec(), A.to_vec()]).len(), 64);
    }
}
