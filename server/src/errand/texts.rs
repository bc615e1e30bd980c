//! Texts that are too long for a message, as files that an editor opens. They live no longer than the server that shows
//! them: it takes its own away at its end, and those of servers that were killed when it shows one itself.

use std::path::{Path, PathBuf};

use blue_coordination::is_running;
use blue_workspace::runtime_folder;

/// The name of a text of this process.
pub(super) fn named(what: &str, ending: &str) -> String {
    format!("{what}-{}.{ending}", std::process::id())
}

/// A file that only this user can read, in the folder for what lives no longer than the login.
pub(super) fn write(name: &str, text: &str) -> std::io::Result<PathBuf> {
    let none = || std::io::Error::other("there is no folder to keep it in");
    let folder = folder().ok_or_else(none)?;
    std::fs::create_dir_all(&folder)?;
    restrict(&folder, 0o700)?;
    forget(&folder, |pid| !is_running(pid));
    let path = folder.join(name);
    std::fs::write(&path, text)?;
    restrict(&path, 0o600)?;
    Ok(path)
}

/// Takes away what this process has shown.
pub(crate) fn forget_own() {
    if let Some(folder) = folder() {
        forget(&folder, |pid| pid == std::process::id());
    }
}

fn folder() -> Option<PathBuf> {
    Some(runtime_folder()?.join("shown"))
}

/// Takes away the texts of some processes. One that stays does no harm.
fn forget(folder: &Path, is_meant: impl Fn(u32) -> bool) {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for file in files {
        let name = file.file_name();
        if shown_by(&name.to_string_lossy()).is_some_and(&is_meant) {
            let _ = std::fs::remove_file(file.path());
        }
    }
}

/// The process that showed a text, by the text's name.
fn shown_by(name: &str) -> Option<u32> {
    let (stem, _) = name.rsplit_once('.')?;
    stem.rsplit_once('-')?.1.parse().ok()
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

/// The folder of a user's own is theirs alone already.
#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_others_stay_while_they_run() {
        let folder = std::env::temp_dir().join(named("blue-texts", "d"));
        std::fs::create_dir_all(&folder).unwrap();
        let own = named("sync-aperture", "diff");
        for name in [&*own, "sync-aperture-7.diff", "graph-8.txt", "notes.txt"] {
            std::fs::write(folder.join(name), "").unwrap();
        }
        forget(&folder, |pid| pid == 7);
        let left = || {
            let files = std::fs::read_dir(&folder).unwrap();
            let names = files.map(|it| it.unwrap().file_name().into_string().unwrap());
            let mut names: Vec<String> = names.collect();
            names.sort();
            names
        };
        assert_eq!(left(), ["graph-8.txt", "notes.txt", &*own]);
        forget(&folder, |pid| pid == std::process::id());
        assert_eq!(left(), ["graph-8.txt", "notes.txt"]);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
