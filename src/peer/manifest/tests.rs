use super::*;
use crate::role::Role;

fn refused(text: &str) -> (String, String, Option<usize>) {
    let error = parse(text, Path::new("my.toml"), &[]).unwrap_err();
    let line = error.place.map(|p| text[..p.offset()].matches('\n').count() + 1);
    (error.message, error.help, line)
}

#[test]
fn one_command_serves_all_roles() {
    let text = "[peers.lua]\nlanguage = 'Lua'\ncommand = ['lua', '{role}.lua']\n";
    let peers = parse(text, Path::new("/somewhere/my.toml"), &[]).unwrap();
    assert_eq!(peers.len(), 1);
    assert_eq!(peers[0].dir, Path::new("/somewhere"));
    assert_eq!(peers[0].commands.len(), 7);
    assert_eq!(peers[0].commands[&Role::Msgqueue], ["lua", "msgqueue.lua"]);
}

#[test]
fn a_role_can_have_its_own_command_or_be_the_only_one() {
    let text = "[peers.sh]\nlanguage='sh'\ndir='x'\ncommand=['./{role}']\nroles=['c']\n\
                commands.push=['sh','-c','push']\n";
    let peer = &parse(text, Path::new("/d/my.toml"), &[]).unwrap()[0];
    assert_eq!(peer.dir, Path::new("/d/x"));
    assert_eq!(peer.commands.keys().copied().collect::<Vec<_>>(), [Role::Push, Role::C]);
    assert_eq!(peer.commands[&Role::Push], ["sh", "-c", "push"]);
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let bad_role = "[peers.a]\nlanguage='A'\ncommand=['a','{role}']\nroles=['rep',\n'server']\n";
    assert!(
        matches!(refused(bad_role), (m, h, Some(5)) if m.contains("'server'") && h.contains("mreq"))
    );
    let no_placeholder = "[peers.a]\nlanguage='A'\ncommand=['a']\n";
    assert!(matches!(refused(no_placeholder), (_, h, Some(3)) if h.contains("{role}")));
    let bad_name = "[peers.My-Peer]\nlanguage='A'\ncommand=['a','{role}']\n";
    assert!(matches!(refused(bad_name), (m, _, Some(1)) if m.contains("My-Peer")));
    let no_language = "[peers.a]\ncommand=['a','{role}']\n";
    assert!(matches!(refused(no_language), (_, h, Some(_)) if h.contains("language =")));
    let string = "[peers.a]\nlanguage='A'\ncommand='a {role}'\n";
    assert!(matches!(refused(string), (_, h, Some(3)) if h.contains("list of words")));
    let typo = "[peers.a]\nlanguage='A'\ncomand=['a','{role}']\n";
    assert!(matches!(refused(typo), (m, _, Some(3)) if m.contains("comand")));
    assert!(matches!(refused("[peers.a\n"), (_, _, Some(1))));
    assert!(matches!(refused(""), (m, _, None) if m.contains("no peer")));
    assert!(refused("[peers.all]\nlanguage='A'\ncommand=['a','{role}']\n").1.contains("taken"));
    assert!(refused("[peers.a]\nlanguage='A'\n").0.contains("no program"));
}

/// What `parse` makes of `text` beside a peer `lua`.
fn beside_lua(text: &str) -> Result<Vec<Peer>, Box<ManifestError>> {
    let lua = "[peers.lua]\nlanguage='Lua'\ndir='lua'\nsetup=['./setup']\nshared=['../common']\n\
               command=['lua','{role}.lua']\nagent=['lua','agent.lua']\n";
    parse(text, Path::new("/mine/my.toml"), &parse(lua, Path::new("/theirs/their.toml"), &[])?)
}

#[test]
fn a_peer_can_be_like_another_one_elsewhere() {
    let text = "[peers.far]\nlike='lua'\nlauncher=['ssh','blue']\nhost='192.0.2.1'\n";
    let far = &beside_lua(text).unwrap()[0];
    assert_eq!((far.name.as_str(), far.language.as_str()), ("far", "Lua"));
    assert_eq!(
        (&far.setup[..], &far.agent[..]),
        (&["./setup".into()][..], &["lua".into(), "agent.lua".into()][..])
    );
    assert_eq!(
        (far.dir.as_path(), &far.shared[..]),
        (Path::new("/theirs/lua"), &["../common".into()][..])
    );
    assert_eq!(far.commands.len(), 7);
    assert_eq!(far.launcher, ["ssh", "blue"]);
    assert_eq!(far.launcher_dir.as_deref(), Some("~/.cache/zmq-interop/far"));
    assert_eq!(far.host.as_deref(), Some("192.0.2.1"));
}

#[test]
fn what_a_peer_says_itself_holds_before_what_it_is_like() {
    let text = "[peers.far]\nlike='lua'\nlanguage='LuaJIT'\ncommands.push=['luajit','push.lua']\n\
                launcher=['ssh','blue']\nlauncher_dir='/opt/x'\n[peers.near]\nlike='far'\n";
    let peers = beside_lua(text);
    let refused = peers.unwrap_err();
    assert!(refused.message.contains("'far', is itself like another one"), "{}", refused.message);
    let text = text.split("[peers.near]").next().unwrap();
    let far = &beside_lua(text).unwrap()[0];
    assert_eq!(far.language, "LuaJIT");
    assert_eq!(far.commands[&Role::Push], ["luajit", "push.lua"]);
    assert_eq!(far.commands[&Role::Rep], ["lua", "rep.lua"]);
    assert_eq!(far.launcher_dir.as_deref(), Some("/opt/x"));
}

#[test]
fn a_peer_that_is_like_another_one_may_have_fewer_roles_or_a_command_of_its_own() {
    let roles = |text: &str| {
        let far = beside_lua(text).unwrap().remove(0);
        far.commands.into_iter().map(|(role, words)| (role, words[0].clone())).collect::<Vec<_>>()
    };
    let fewer = "[peers.far]\nlike='lua'\nroles=['push','c']\n";
    assert_eq!(roles(fewer), [(Role::Push, "lua".into()), (Role::C, "lua".into())]);
    let own = "[peers.far]\nlike='lua'\nroles=['c']\ncommand=['luajit','{role}.lua']\n";
    assert_eq!(roles(own), [(Role::C, "luajit".into())]);
    let home = "[peers.far]\nlike='lua'\nlauncher=['ssh','blue']\nlauncher_dir='~'\n";
    assert!(beside_lua(home).unwrap_err().message.contains("names no folder"));
}

#[test]
fn whom_a_peer_is_like_may_stand_in_its_own_file() {
    let text = "[peers.a]\nlike='b'\n[peers.b]\nlanguage='B'\ncommand=['b','{role}']\n";
    let peers = parse(text, Path::new("my.toml"), &[]).unwrap();
    assert_eq!(peers.iter().map(|p| p.language.as_str()).collect::<Vec<_>>(), ["B", "B"]);
    assert_eq!(peers.iter().find(|p| p.name == "a").unwrap().launcher_dir, None);
    let nobody = "[peers.a]\nlike='nobody'\n";
    assert!(matches!(refused(nobody), (m, _, Some(2)) if m.contains("'nobody'")));
    let nowhere = "[peers.a]\nlanguage='A'\ncommand=['a','{role}']\nlauncher_dir='x'\n";
    assert!(matches!(refused(nowhere), (m, _, Some(4)) if m.contains("without a launcher")));
}
