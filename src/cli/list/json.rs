//! Lists as one JSON object, for scripts.

use serde::Serialize;

use super::listing::{Listing, SCHEMA};

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    #[serde(flatten)]
    listing: &'a Listing,
}

pub fn written(listing: &Listing) -> String {
    let document = Document { schema: SCHEMA, listing };
    let text = serde_json::to_string_pretty(&document).expect("plain data is JSON");
    format!("{text}\n")
}
