# ra3 in a container: docker build -t ra3 . && docker run --rm ra3 doctor
#
#   docker run --rm ra3 demo                                    judges, trains a small model, measures it
#   docker build --build-arg LIBTORCH=cuda -t ra3:cuda .        for GPUs: docker run --rm --gpus all ra3:cuda ...
#
# Needs no privilege at run time: the default seccomp profile forbids user namespaces, so programs
# run in tier t0 (landlock, seccomp, rlimits). The data folder is a volume; samples and results go
# through a mounted working folder:
#   docker run --rm -v "$PWD:/work" -v ra3-data:/data ra3 judge --benchmark humaneval --samples samples.jsonl

ARG BUILD_IMAGE=rust:1.95-slim-bookworm
ARG RUN_IMAGE=debian:bookworm-slim

FROM ${BUILD_IMAGE} AS build
# Which libtorch: cpu or cuda.
ARG LIBTORCH=cpu
WORKDIR /source
# The bindings to libtorch are compiled by g++, and libtorch is fetched by pip.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ python3 python3-venv ca-certificates \
    && rm -rf /var/lib/apt/lists/*
# The program looks for libtorch where it was when it was built, so it lies at the same place below.
COPY scripts scripts
RUN PYTHON=python3 scripts/setup-libtorch.sh ${LIBTORCH} && mv .libtorch /opt/libtorch
ENV LIBTORCH=/opt/libtorch/torch
# What `ra3 demo` trains: 98 MB.
RUN PYTHON=python3 scripts/setup-model.sh && mv .models /opt/models
COPY . .
RUN cargo build --release --locked --package harness && strip target/release/ra3 target/release/ra3-torch

FROM ${RUN_IMAGE}
# The interpreter that candidates run in, the numpy that some of them import, and the compiler of others.
# Compilers start processes, which only tier t1 lets them; in a container that takes user namespaces:
# docker run --security-opt seccomp=unconfined.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-numpy g++ ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --create-home ra3 \
    && install --directory --owner ra3 --group ra3 /data /work
COPY --from=build /opt/libtorch/torch/lib /opt/libtorch/torch/lib
COPY --from=build /opt/libtorch/nvidia /opt/libtorch/nvidia
COPY --from=build /opt/models /opt/models
COPY --from=build /source/target/release/ra3 /source/target/release/ra3-torch /usr/local/bin/
ENV RA3_DATA=/data RA3_DEMO_MODEL=/opt/models/SmolLM2-135M-Instruct.Q4_1.gguf
VOLUME /data
WORKDIR /work
USER ra3
ENTRYPOINT ["ra3"]
CMD ["doctor"]
