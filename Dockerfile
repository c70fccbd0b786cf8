# docker build -t weir .
# Builds the binary on Debian bookworm, and leaves it in an image with the libraries that it needs and nobody's rights.
FROM debian:bookworm-slim AS build
WORKDIR /source
# By themselves, so that a change of the sources does not install the packages again.
COPY tools/lib.sh tools/apt_install.sh tools/apt_as_root.sh tools/apt-packages.txt tools/
RUN tools/apt_install.sh build
COPY . .
RUN cmake --preset release && ninja -C build/release weir && strip --strip-debug build/release/weir

FROM debian:bookworm-slim
COPY tools/lib.sh tools/apt_install.sh tools/apt_as_root.sh tools/apt-packages.txt /tmp/tools/
RUN /tmp/tools/apt_install.sh runtime && rm -rf /tmp/tools /var/lib/apt/lists/* /root/.cache
COPY --from=build /source/build/release/weir /usr/bin/weir
# A library that the list of packages lacks ends the build here.
RUN weir --version
USER 65532:65532
EXPOSE 9090 8080
ENTRYPOINT ["/usr/bin/weir"]
CMD ["scaler"]
