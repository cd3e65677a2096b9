module ch-golden.example/daemon

go 1.21
