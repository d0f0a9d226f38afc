//! The files of the RFCs: what stands in them, and what is wrong with them.

use serde::Deserialize;

use super::{How, Rfc, Statement, id};

/// The files, in the order of the documentation.
const FILES: [(&str, &str); 18] = [
    ("rfc/13.toml", include_str!("rfc/13.toml")),
    ("rfc/15.toml", include_str!("rfc/15.toml")),
    ("rfc/23.toml", include_str!("rfc/23.toml")),
    ("rfc/24.toml", include_str!("rfc/24.toml")),
    ("rfc/25.toml", include_str!("rfc/25.toml")),
    ("rfc/26.toml", include_str!("rfc/26.toml")),
    ("rfc/27.toml", include_str!("rfc/27.toml")),
    ("rfc/28.toml", include_str!("rfc/28.toml")),
    ("rfc/29.toml", include_str!("rfc/29.toml")),
    ("rfc/30.toml", include_str!("rfc/30.toml")),
    ("rfc/31.toml", include_str!("rfc/31.toml")),
    ("rfc/37.toml", include_str!("rfc/37.toml")),
    ("rfc/41.toml", include_str!("rfc/41.toml")),
    ("rfc/45.toml", include_str!("rfc/45.toml")),
    ("rfc/48.toml", include_str!("rfc/48.toml")),
    ("rfc/49.toml", include_str!("rfc/49.toml")),
    ("rfc/51.toml", include_str!("rfc/51.toml")),
    ("rfc/52.toml", include_str!("rfc/52.toml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rfc: u8,
    title: String,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    about: String,
    #[serde(default)]
    repeats: Vec<String>,
    #[serde(default, rename = "statement")]
    statements: Vec<Statement>,
}

/// The RFCs of this repository.
pub fn built_in() -> Result<Vec<Rfc>, String> {
    let mut rfcs: Vec<Rfc> = vec![];
    for (file, text) in FILES {
        let rfc = parse(text, &rfcs).map_err(|wrong| format!("{file}: {wrong}"))?;
        rfcs.push(rfc);
    }
    Ok(rfcs)
}

/// Reads the file of an RFC, which may repeat statements of the RFCs `before` it.
fn parse(text: &str, before: &[Rfc]) -> Result<Rfc, String> {
    let File { rfc: number, title, draft, about, repeats, statements: own } =
        toml::from_str(text).map_err(|e| e.to_string())?;
    let mut statements = vec![];
    for text in &repeats {
        for id in id::expand(text)? {
            statements.push(repeated(&id, number, before)?);
        }
    }
    for statement in &own {
        let refuse = |wrong: String| format!("{}: {wrong}", statement.id);
        let ids = id::expand(&statement.id)?;
        if ids.len() > 1 && !draft {
            return Err(refuse("only a draft's row gathers several statements".into()));
        }
        if id::rfc(&statement.id) != Some(number) {
            return Err(refuse(format!("it stands in the file of RFC {number}")));
        }
        check(statement).map_err(refuse)?;
    }
    statements.extend(own);
    Ok(Rfc { number, title, draft, about, repeats, statements })
}

/// The statement `id` of one of `rfcs` as the RFC `number` repeats it.
fn repeated(id: &str, number: u8, rfcs: &[Rfc]) -> Result<Statement, String> {
    let statement = rfcs.iter().flat_map(|rfc| &rfc.statements).find(|s| s.id == id);
    let statement =
        statement.ok_or_else(|| format!("it repeats {id}, which no RFC before it has"))?;
    let rest = id.split_once('-').map_or("", |(_, rest)| rest);
    Ok(Statement {
        id: format!("{number}-{rest}"),
        repeats: Some(id.to_owned()),
        ..statement.clone()
    })
}

/// Says what no statement may have.
fn check(statement: &Statement) -> Result<(), String> {
    let Statement { demand, how, cases, partly, proposed, wire, .. } = statement;
    if demand.is_empty() {
        return Err("the demand is empty".into());
    }
    let names: Vec<_> = cases.iter().chain(partly).chain(proposed).chain(wire).collect();
    if let (How::NotObservable, [name, ..]) = (how, &names[..]) {
        return Err(format!("what is n/o can't be checked by {name}"));
    }
    for (index, name) in names.iter().enumerate() {
        if names[..index].contains(name) {
            return Err(format!("{name} is named twice"));
        }
    }
    match proposed.iter().chain(wire).find(|name| name.ends_with('*')) {
        Some(pattern) => Err(format!("{pattern}: a case is proposed by its whole name")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "rfc = 28\ntitle = \"REQ-REP\"\n";
    const ROW: &str =
        "[[statement]]\nid = \"28-A-01\"\nlevel = \"MAY\"\ndemand = \"d\"\nhow = \"pair\"\n";

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(parse(&format!("{HEAD}{ROW}"), &[]).unwrap().statements.len(), 1);
        for (text, said) in [
            (format!("{HEAD}{}", ROW.replace("MAY", "MIGHT")), "unknown variant `MIGHT`"),
            (format!("{HEAD}{}", ROW.replace("pair", "magic")), "unknown variant `magic`"),
            (format!("{HEAD}{ROW}case = [\"x\"]"), "unknown field `case`"),
            (format!("{HEAD}{}", ROW.replace("28-A-01", "28-A-1")), "'28-A-1' is no id"),
            (format!("{HEAD}{}", ROW.replace("28-A", "29-A")), "stands in the file of RFC 28"),
            (format!("{HEAD}{}", ROW.replace("A-01", "A-01..02")), "only a draft's row"),
            (format!("{HEAD}{}", ROW.replace("\"d\"", "\"\"")), "the demand is empty"),
            (format!("{HEAD}{ROW}cases = [\"x\"]\npartly = [\"x\"]"), "x is named twice"),
            (format!("{HEAD}{ROW}proposed = [\"x-*\"]"), "x-*: a case is proposed by its whole"),
            (
                format!("{HEAD}{}wire = [\"x\"]", ROW.replace("pair", "n/o")),
                "n/o can't be checked by x",
            ),
            (format!("{HEAD}repeats = [\"23-A-01\"]\n{ROW}"), "repeats 23-A-01, which no RFC"),
        ] {
            let wrong = parse(&text, &[]).unwrap_err();
            assert!(wrong.contains(said), "{wrong}");
        }
    }
}
