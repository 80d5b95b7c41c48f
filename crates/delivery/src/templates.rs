//! The texts of mails.
//!
//! Each letter has three templates, named after it: `magic_link.subject`, `magic_link.txt` and `magic_link.html`. An
//! operator replaces any of them by a file of that name in the templates folder. Values are escaped in the HTML; a name
//! that means nothing is an error, which shows when the templates are read, not when the first mail goes out.

use std::{path::Path, sync::OnceLock};

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use passkeyd_domain::ports::{Letter, MailTemplates, MailTexts, TemplateError};

/// The built-in templates; `layout.html` is what the HTML of all letters has in common.
const BUILT_IN: [(&str, &str); 7] = [
    ("layout.html", include_str!("../templates/layout.html")),
    (
        "magic_link.subject",
        include_str!("../templates/magic_link.subject"),
    ),
    (
        "magic_link.txt",
        include_str!("../templates/magic_link.txt"),
    ),
    (
        "magic_link.html",
        include_str!("../templates/magic_link.html"),
    ),
    (
        "one_time_code.subject",
        include_str!("../templates/one_time_code.subject"),
    ),
    (
        "one_time_code.txt",
        include_str!("../templates/one_time_code.txt"),
    ),
    (
        "one_time_code.html",
        include_str!("../templates/one_time_code.html"),
    ),
];

/// [`MailTemplates`] on `minijinja`. The built-in ones are read when the first mail goes out.
#[derive(Debug)]
pub struct Templates(OnceLock<Environment<'static>>);

impl Templates {
    /// The built-in templates, and those of the folder that replace them, each of which is tried.
    ///
    /// # Errors
    /// What is wrong with a file of the folder.
    pub fn new(folder: Option<&Path>) -> Result<Self, TemplateError> {
        let templates = Self(OnceLock::new());
        if folder.is_some() {
            let environment = environment(folder)?;
            templates.0.get_or_init(|| environment);
            templates.try_each()?;
        }
        Ok(templates)
    }

    fn try_each(&self) -> Result<(), TemplateError> {
        for letter in [
            Letter::MagicLink {
                link: String::new(),
                host: String::new(),
                lifetime: 0,
            },
            Letter::OneTimeCode {
                code: String::new(),
                name: String::new(),
                lifetime: 0,
            },
        ] {
            self.render(&letter)?;
        }
        Ok(())
    }

    fn environment(&self) -> Result<&Environment<'static>, TemplateError> {
        if let Some(environment) = self.0.get() {
            return Ok(environment);
        }
        let built_in = environment(None)?;
        Ok(self.0.get_or_init(|| built_in))
    }

    fn part(&self, letter: &str, part: &str, values: &Value) -> Result<String, TemplateError> {
        let name = format!("{letter}.{part}");
        self.environment()?
            .get_template(&name)
            .and_then(|template| template.render(values))
            .map_err(|error| failed(&name, &error))
    }
}

fn environment(folder: Option<&Path>) -> Result<Environment<'static>, TemplateError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| {
        if name
            .rsplit_once('.')
            .is_some_and(|(_, kind)| kind == "html")
        {
            AutoEscape::Html
        } else {
            AutoEscape::None
        }
    });
    for (name, built_in) in BUILT_IN {
        let source = match folder.map(|folder| std::fs::read_to_string(folder.join(name))) {
            None => built_in.to_owned(),
            Some(Ok(replacement)) => replacement,
            Some(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => built_in.to_owned(),
            Some(Err(error)) => return Err(failed(name, &error)),
        };
        environment
            .add_template_owned(name, source)
            .map_err(|error| failed(name, &error))?;
    }
    Ok(environment)
}

impl MailTemplates for Templates {
    fn render(&self, letter: &Letter) -> Result<MailTexts, TemplateError> {
        let (name, values) = match letter {
            Letter::MagicLink {
                link,
                host,
                lifetime,
            } => (
                "magic_link",
                context! { link, host, lifetime => span(*lifetime) },
            ),
            Letter::OneTimeCode {
                code,
                name,
                lifetime,
            } => (
                "one_time_code",
                context! { code, name, lifetime => span(*lifetime) },
            ),
            _ => return Err(failed("", &"there is no template for this letter")),
        };
        let subject = self.part(name, "subject", &values)?;
        Ok(MailTexts {
            // A header is one line, whatever a template or a value holds.
            subject: subject.split_whitespace().collect::<Vec<_>>().join(" "),
            text: self.part(name, "txt", &values)?,
            html: self.part(name, "html", &values)?,
        })
    }
}

fn failed(template: &str, reason: &impl ToString) -> TemplateError {
    TemplateError {
        template: template.to_owned(),
        reason: reason.to_string(),
    }
}

/// A length of time for people, in the largest unit that is whole.
fn span(seconds: u64) -> String {
    let (count, unit) = [
        (24 * 60 * 60, "day"),
        (60 * 60, "hour"),
        (60, "minute"),
        (1, "second"),
    ]
    .into_iter()
    .find(|(length, _)| seconds >= *length && seconds.is_multiple_of(*length))
    .map_or((seconds, "second"), |(length, unit)| {
        (seconds / length, unit)
    });
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(link: &str) -> Letter {
        Letter::MagicLink {
            link: link.to_owned(),
            host: "example.com".to_owned(),
            lifetime: 3600,
        }
    }

    #[test]
    fn a_link_is_there_as_a_button_and_bare_and_can_be_ignored() {
        let link = link("https://example.com/in?token=verify_abc&next=1");
        let texts = Templates::new(None).unwrap().render(&link).unwrap();
        assert_eq!(texts.subject, "Sign in to example.com");
        assert!(
            texts
                .text
                .contains("\nhttps://example.com/in?token=verify_abc&next=1\n")
        );
        for part in [&texts.text, &texts.html] {
            assert!(part.contains("example.com") && part.contains("1 hour"));
            assert!(part.contains("ignore this"), "{part}");
        }
        let bare = "https:&#x2f;&#x2f;example.com&#x2f;in?token=verify_abc&amp;next=1";
        assert_eq!(texts.html.matches(&format!("href=\"{bare}\"")).count(), 2);
        assert!(texts.html.contains(&format!(">{bare}</a>")));
    }

    #[test]
    fn a_value_can_not_become_markup() {
        let letter = Letter::OneTimeCode {
            code: "123456".to_owned(),
            name: "<script>alert(1)</script>\r\nBcc: x".to_owned(),
            lifetime: 600,
        };
        let texts = Templates::new(None).unwrap().render(&letter).unwrap();
        assert!(!texts.html.contains("<script"));
        assert!(texts.html.contains("123456") && texts.text.contains("123456"));
        assert!(!texts.subject.contains(['\r', '\n']), "{}", texts.subject);
    }

    #[test]
    fn an_operators_file_replaces_a_template_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("magic_link.subject"),
            "Anmelden bei {{ host }}\n",
        )
        .unwrap();
        let templates = Templates::new(Some(folder.path())).unwrap();
        let texts = templates.render(&link("https://example.com/")).unwrap();
        assert_eq!(texts.subject, "Anmelden bei example.com");
        assert!(texts.text.contains("example.com"));
    }

    #[test]
    fn a_defect_in_an_operators_file_is_told_at_once() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("magic_link.txt"), "{{ hots }}").unwrap();
        let error = Templates::new(Some(folder.path())).unwrap_err();
        assert_eq!(error.template, "magic_link.txt");
    }

    #[test]
    fn a_span_is_told_in_the_largest_whole_unit() {
        for (seconds, text) in [
            (1, "1 second"),
            (90, "90 seconds"),
            (120, "2 minutes"),
            (3600, "1 hour"),
            (604_800, "7 days"),
        ] {
            assert_eq!(span(seconds), text);
        }
    }
}
