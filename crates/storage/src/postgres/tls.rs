//! TLS to PostgreSQL, by rustls.

use std::{
    io,
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::{
    Socket,
    tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream},
};
use tokio_rustls::{TlsConnector, client};

use crate::error::OpenError;

/// Whom we take for the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Whoever answers: what is sent can't be overheard, but the server may be another.
    Anybody,
    /// Whoever has a certificate of a trusted authority.
    Chain,
    /// Whoever has a certificate of a trusted authority for the host's name.
    ChainAndName,
}

/// Begins TLS on connections.
#[derive(Clone)]
pub(crate) struct Tls(Arc<ClientConfig>);

impl Tls {
    /// Trusts the authorities in the file, or the system's where none is given or it is the word `system`.
    pub(crate) fn new(trust: Trust, roots: Option<&Path>) -> Result<Self, OpenError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let failed = |error: Error| OpenError::Connect(error.into());
        let chain = match trust {
            Trust::Anybody => None,
            Trust::Chain | Trust::ChainAndName => {
                let store = Arc::new(trusted(roots)?);
                let verifier =
                    WebPkiServerVerifier::builder_with_provider(store, Arc::clone(&provider))
                        .build()
                        .map_err(|error| OpenError::Connect(error.into()))?;
                Some(verifier)
            }
        };
        let verifier = Verifier {
            chain,
            name_matters: trust == Trust::ChainAndName,
            provider: Arc::clone(&provider),
        };
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Self(Arc::new(config)))
    }
}

fn trusted(roots: Option<&Path>) -> Result<RootCertStore, OpenError> {
    let mut store = RootCertStore::empty();
    match roots {
        Some(path) if path != Path::new("system") => {
            let unusable =
                |source: Box<dyn std::error::Error + Send + Sync>| OpenError::RootCertificates {
                    path: path.to_owned(),
                    source,
                };
            let certificates =
                CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.into()))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| unusable(error.into()))?;
                store
                    .add(certificate)
                    .map_err(|error| unusable(error.into()))?;
            }
            if store.is_empty() {
                return Err(unusable("no certificate in it".into()));
            }
        }
        _ => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    Ok(store)
}

#[derive(Debug)]
struct Verifier {
    chain: Option<Arc<WebPkiServerVerifier>>,
    name_matters: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(chain) = &self.chain else {
            return Ok(ServerCertVerified::assertion());
        };
        let verified =
            chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verified {
            // The name is looked at last, after the chain.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.name_matters => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = TlsSession;
    type TlsConnect = Handshake;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> io::Result<Handshake> {
        // A socket in the file system has no name, and no TLS either.
        let name = ServerName::try_from(host.to_owned()).or_else(|_| "localhost".try_into());
        Ok(Handshake {
            config: Arc::clone(&self.0),
            name: name.map_err(io::Error::other)?,
        })
    }
}

/// A handshake that is about to begin.
pub(crate) struct Handshake {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl TlsConnect<Socket> for Handshake {
    type Stream = TlsSession;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TlsSession>> + Send>>;

    fn connect(self, stream: Socket) -> Self::Future {
        Box::pin(async move {
            let session = TlsConnector::from(self.config).connect(self.name, stream);
            Ok(TlsSession(session.await?))
        })
    }
}

/// A TLS session with the server.
pub(crate) struct TlsSession(client::TlsStream<Socket>);

impl TlsStream for TlsSession {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for TlsSession {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for TlsSession {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use rustls::{ServerConfig, pki_types::PrivateKeyDer};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };
    use tokio_rustls::TlsAcceptor;

    use super::*;
    use crate::postgres::connector::Connector;

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates");

    /// Lets one client in as PostgreSQL does, by TLS or, without it, saying that there is none; gives the port.
    async fn server(with_tls: bool) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let certificates = CertificateDer::pem_file_iter(format!("{FOLDER}/server.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(format!("{FOLDER}/server.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(certificates.map(Result::unwrap).collect(), key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await?;
            let mut request = [0; 8];
            socket.read_exact(&mut request).await?;
            if with_tls {
                socket.write_all(b"S").await?;
                welcome(acceptor.accept(socket).await?).await
            } else {
                socket.write_all(b"N").await?;
                welcome(socket).await
            }
        });
        port
    }

    async fn welcome(mut client: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let length = client.read_u32().await?;
        let mut startup = vec![0; usize::try_from(length).unwrap() - 4];
        client.read_exact(&mut startup).await?;
        // "You are authenticated" and "ready".
        client.write_all(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I").await?;
        client.flush().await?;
        client.read_u8().await.map(drop)
    }

    async fn connects(host: &str, query: &str, with_tls: bool) -> bool {
        let port = server(with_tls).await;
        let url = format!("postgres://u@{host}:{port}/x?hostaddr=127.0.0.1&{query}");
        Connector::parse(&url).unwrap().connect().await.is_ok()
    }

    #[tokio::test]
    async fn a_server_is_trusted_as_the_address_says() {
        let with =
            |mode: &str, roots: &str| format!("sslmode={mode}&sslrootcert={FOLDER}/{roots}.pem");
        for (host, query, trusted) in [
            ("db.example", "sslmode=prefer".to_owned(), true),
            ("db.example", "sslmode=require".to_owned(), true),
            ("db.example", with("require", "stranger"), false),
            ("db.example", with("verify-ca", "authority"), true),
            ("other.example", with("verify-ca", "authority"), true),
            ("db.example", with("verify-ca", "stranger"), false),
            ("db.example", with("verify-full", "authority"), true),
            ("other.example", with("verify-full", "authority"), false),
            ("db.example", with("verify-full", "stranger"), false),
            ("db.example", "sslmode=verify-full".to_owned(), false),
            (
                "db.example",
                "sslmode=verify-full&sslrootcert=system".to_owned(),
                false,
            ),
        ] {
            assert_eq!(
                connects(host, &query, true).await,
                trusted,
                "{host} {query}"
            );
        }
    }

    #[tokio::test]
    async fn a_server_without_tls_is_talked_to_only_where_the_address_allows_it() {
        for (mode, allowed) in [("prefer", true), ("require", false), ("verify-full", false)] {
            let query = format!("sslmode={mode}");
            assert_eq!(
                connects("db.example", &query, false).await,
                allowed,
                "{mode}"
            );
        }
    }
}
