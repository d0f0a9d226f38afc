//! Whether what the programs of a cell say is right: with every event, and at the end with both ends.

pub mod answer;
pub mod compare;
pub mod conduct;
pub mod online;
