# Homebrew's formula. ci/release.sh fills in the version, addresses and checksums.
class Sosh < Formula
  desc "Socket shell, protocol test runner and netcat"
  homepage "@HOMEPAGE@"
  version "@VERSION@"
  license :cannot_represent

  on_macos do
    on_arm do
      url "@DOWNLOADS@/v@VERSION@/sosh_@VERSION@_darwin_arm64.tar.gz"
      sha256 "@SHA256_darwin_arm64@"
    end
    on_intel do
      url "@DOWNLOADS@/v@VERSION@/sosh_@VERSION@_darwin_amd64.tar.gz"
      sha256 "@SHA256_darwin_amd64@"
    end
  end

  on_linux do
    on_arm do
      url "@DOWNLOADS@/v@VERSION@/sosh_@VERSION@_linux_arm64.tar.gz"
      sha256 "@SHA256_linux_arm64@"
    end
    on_intel do
      url "@DOWNLOADS@/v@VERSION@/sosh_@VERSION@_linux_amd64.tar.gz"
      sha256 "@SHA256_linux_amd64@"
    end
  end

  def install
    bin.install "bin/sosh"
    man1.install Dir["share/man/man1/*"]
    bash_completion.install "share/bash-completion/completions/sosh"
    zsh_completion.install "share/zsh/site-functions/_sosh"
    fish_completion.install "share/fish/vendor_completions.d/sosh.fish"
    doc.install Dir["share/doc/sosh/*"]
    %w[nc netcat nc.openbsd ncat].each { |name| (libexec/"bin").install_symlink bin/"sosh" => name }
  end

  def caveats
    <<~TEXT
      sosh as nc, netcat, nc.openbsd and ncat is in
        #{opt_libexec}/bin
    TEXT
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/sosh --version")
    assert_match "closed", shell_output("#{bin}/sosh tour")
  end
end
