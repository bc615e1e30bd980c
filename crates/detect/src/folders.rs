//! Keys that are folders: Spark writes files into `silver/wells`, and `recursive=True` takes whatever stands below. What is
//! told is the keys of those objects, for no object has the folder's.

use crate::apis::{ArgSpec, Below, Op};
use crate::keys::pattern_of;
use crate::value::{Args, Part, Text, Value, Values};

/// Whether the key of a call is a folder of what the call touches.
pub(crate) fn below(spec: &ArgSpec, args: &Args) -> Option<Below> {
    let given = || args.keyword("recursive").map(Values::first);
    match spec.below? {
        Below::Recursive if given() != Some(&Value::Bool(true)) => None,
        below => Some(below),
    }
}

/// The objects in a folder, or the one object that its name says it is.
pub(crate) fn in_folder(folder: &Text, below: Below) -> Text {
    let mut text = folder.clone();
    let is_folder = match text.parts.last() {
        Some(Part::Literal(last)) if last.ends_with('/') => {
            text.push(Part::Any);
            return text;
        }
        Some(Part::Literal(last)) => {
            let name = last.rsplit('/').next().unwrap_or(last);
            let extension = name.rsplit_once('.').map(|(_, extension)| extension);
            match below {
                Below::Always => true,
                Below::UnlessFile => extension.is_none_or(|it| it == "zarr"),
                Below::Recursive => !extension.is_some_and(is_of_one_file),
            }
        }
        // What is not known may be the end of the folder's name.
        Some(_) => below == Below::Always && !pattern_of(&text, Op::Read).0.is_opaque(),
        None => false,
    };
    if is_folder {
        text.push(Part::Literal("/".into()));
        text.push(Part::Any);
    }
    text
}

/// Whether what ends so is one file even where a call would take a folder as well.
fn is_of_one_file(extension: &str) -> bool {
    const FILES: [&str; 12] = [
        "zip", "gz", "bz2", "xz", "zst", "tar", "tgz", "csv", "json", "txt", "html", "pdf",
    ];
    FILES.contains(&extension)
}
