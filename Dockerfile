# The image of a release: the program and CA certificates, no shell, not root. GoReleaser
# builds it from the programs of the release and from packaged/ (see .ci/package).
FROM scratch
ARG TARGETPLATFORM
COPY packaged/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY LICENSE NOTICE packaged/THIRD-PARTY-LICENSES /usr/share/doc/iblint/
COPY $TARGETPLATFORM/iblint /usr/bin/iblint
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["/usr/bin/iblint"]
