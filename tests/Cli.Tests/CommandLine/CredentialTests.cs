using System.Runtime.Versioning;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Cli.Tests.Serving;

namespace Orchestrator.Cli.Tests.CommandLine;

[UnsupportedOSPlatform("windows")]
public sealed class CredentialTests
{
    [Theory]
    [InlineData("http://user:hunter2@127.0.0.1:9")]
    [InlineData("ftp://user:hunter2@127.0.0.1:9")]
    [InlineData("http://user:hunter2@127.0.0.1:port")]
    [InlineData("user:hunter2@127.0.0.1:9")]
    public async Task An_address_with_a_password_is_refused_and_not_repeated(string address)
    {
        using var cli = new CliHarness();
        var option = await cli.Run("sweep", "list", "--server", address);
        cli.Environment["ORCHESTRATOR_URL"] = address;
        var variable = await cli.Run("sweep", "list");
        Assert.Equal((2, 2), (option.ExitCode, variable.ExitCode));
        Assert.Contains("http://HOST:PORT", option.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", option.Output + option.Error + variable.Output + variable.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite, false)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, true)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead, true)]
    public void A_token_is_read_from_a_file_with_a_warning_if_others_may_read_it(UnixFileMode mode, bool warned)
    {
        using var cli = new CliHarness();
        var path = cli.Write("token", "secret-word\n");
        new FileInfo(path).UnixFileMode = mode;
        cli.Environment["ORCHESTRATOR_TOKEN"] = "of-the-environment";
        Assert.Equal("secret-word", Read(cli, out var said, "--token-file", "token"));
        Assert.Equal(warned, said.Contains("chmod 600", StringComparison.Ordinal));
        cli.Environment.Remove("ORCHESTRATOR_TOKEN");
        cli.Environment["ORCHESTRATOR_TOKEN_FILE"] = path;
        Assert.Equal("secret-word", Read(cli, out _));
        Assert.Equal("given", Read(cli, out _, "--token", "given"));
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData(" \n", "it is empty")]
    [InlineData("two words", "one word")]
    [InlineData("schlüssel", "one word")]
    public void A_file_that_holds_no_token_is_refused(string content, string reason)
    {
        using var cli = new CliHarness();
        cli.Write("token", content);
        var refused = Assert.Throws<CliException>(() => Read(cli, out _, "--token-file", "token"));
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_token_file_is_refused()
    {
        using var cli = new CliHarness();
        cli.Write("token", new string('a', 5000));
        Assert.Contains("longer than 4,096 bytes", Assert.Throws<CliException>(() => Read(cli, out _, "--token-file", "token")).Message, StringComparison.Ordinal);
    }

    private static string? Read(CliHarness cli, out string said, params string[] arguments)
    {
        using var error = new StringWriter();
        var services = cli.Services(error: error);
        var token = new Root(services).Parse(["sweep", "list", .. arguments]).ReadServer(services).Token;
        said = error.ToString();
        return token;
    }
}
