//! The lies as they are listed, and which of them.

use miette::Result;

use super::listing::{self, MutantRow};
use crate::plan;
use crate::suite::score;

/// Which lies.
#[derive(clap::Args)]
pub struct Filter {
    /// Only the lies told in this suite: scenarios, or conformance [default: both]
    #[arg(long = "suite", value_name = "NAME", value_delimiter = ',')]
    suites: Vec<String>,
    /// Only the lies told in this case, scenario or cell, e.g. 'frame-*' or '*/liar-python' (may be repeated)
    #[arg(long = "cell", value_name = "GLOB")]
    cells: Vec<String>,
}

impl Filter {
    pub fn rows(&self) -> Result<Vec<MutantRow>> {
        let suites = plan::suites(&self.suites)?;
        let mut told: Vec<_> = score::mutants()
            .filter(|told| suites.iter().any(|suite| suite.name == told.suite))
            .collect();
        if !self.cells.is_empty() {
            let ids: Vec<_> =
                told.iter().flat_map(|told| [told.of.to_owned(), told.cell()]).collect();
            let help = "zmq-interop list mutants shows all; a cell is one in which a liar stands";
            let patterns = plan::patterns(&self.cells, &ids, help)?;
            told.retain(|told| patterns.is_match(told.of) || patterns.is_match(told.cell()));
        }
        Ok(told.iter().map(listing::mutant).collect())
    }
}
