//! Headers of requests that an operator describes, which hold keys of other services.

use std::fs;

/// The headers; of one whose name ends in `_file`, which no header's does, the value is the content of that file.
pub(super) fn headers_of(
    given: impl IntoIterator<Item = (String, String)>,
) -> Result<Vec<(String, String)>, String> {
    let mut headers: Vec<(String, String)> = Vec::new();
    for (name, value) in given {
        let header = match name.strip_suffix("_file") {
            None => (name, value),
            Some(name) => {
                let content =
                    fs::read_to_string(&value).map_err(|error| format!("{value}: {error}"))?;
                (
                    name.to_owned(),
                    content.trim_end_matches(['\r', '\n']).to_owned(),
                )
            }
        };
        let twice = |known: &(String, String)| known.0.eq_ignore_ascii_case(&header.0);
        if headers.iter().any(twice) {
            return Err(format!("{} is given twice, also as a file", header.0));
        }
        headers.push(header);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(given: &[(&str, &str)]) -> Result<Vec<(String, String)>, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        headers_of(given.iter().map(owned))
    }

    #[test]
    fn a_header_may_stand_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        fs::write(&file, "Bearer secret\n").unwrap();
        let path = file.to_str().unwrap();
        assert_eq!(
            headers(&[("Accept", "*/*"), ("Authorization_file", path)]),
            Ok(vec![
                ("Accept".to_owned(), "*/*".to_owned()),
                ("Authorization".to_owned(), "Bearer secret".to_owned()),
            ])
        );
        let twice = headers(&[("authorization", "x"), ("Authorization_file", path)]);
        assert_eq!(
            twice,
            Err("Authorization is given twice, also as a file".to_owned())
        );
        assert!(headers(&[("Authorization_file", "/nowhere/key")]).is_err());
    }
}
