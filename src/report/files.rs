//! Files that no reader ever sees half of.

use std::io::Write as _;
use std::path::Path;

/// Writes a file beside `path` and renames it over `path`.
pub fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(dir)?;
    let mut file = tempfile::Builder::new().prefix(".report").tempfile_in(dir)?;
    file.write_all(content)?;
    #[cfg(unix)]
    {
        // A temporary file is private; a report is for whoever may read its folder.
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}
