//! The seven programs of docs/role-contract.md in Rust, one file each. Nothing of the harness belongs
//! here: a role is a program like its sisters in interop/, and is started as one.
