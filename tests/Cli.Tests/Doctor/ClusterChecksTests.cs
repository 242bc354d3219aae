using Orchestrator.Cli.Doctor;
using Orchestrator.Cli.Tests.Serving;

namespace Orchestrator.Cli.Tests.Doctor;

/// <summary><c>doctor</c> about what a cluster stands on, if it is not there; against real servers in the tests of faults.</summary>
public sealed class ClusterChecksTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task What_does_not_answer_is_a_problem_with_its_fix_and_no_password_is_shown()
    {
        using var cli = new CliHarness();
        cli.Environment["ORCHESTRATOR_RABBITMQ"] = "amqp://somebody:secret-word@127.0.0.1:9/v";
        cli.Environment["ORCHESTRATOR_POSTGRES"] = "Host=127.0.0.1;Port=9;Username=u;Password=secret-word;Database=d";
        var file = cli.Write("a-file", "in the way");

        var outcome = await cli.Run("doctor", "--json", "--artifacts", Path.Combine(file, "artifacts"));

        Assert.Equal(1, outcome.ExitCode);
        var problems = outcome.Json["checks"]!.AsArray().Where(c => (string?)c!["status"] == "problem").ToDictionary(c => (string)c!["check"]!, c => c!);
        Assert.Equal(["artifacts", "broker", "database"], problems.Keys.Order());
        Assert.Contains("--rabbitmq", (string?)problems["broker"]["fix"], StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:9", (string?)problems["broker"]["detail"], StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:9", (string?)problems["database"]["detail"], StringComparison.Ordinal);
        Assert.DoesNotContain("secret-word", outcome.Output + outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not an address with secret-word", "Host=127.0.0.1;Port=9;Password=secret-word")]
    [InlineData("amqp://u:secret-word@", "Hosst=127.0.0.1;Password=secret-word")]
    public async Task A_setting_that_cannot_be_read_is_a_problem_that_does_not_repeat_it(string broker, string database)
    {
        using var cli = new CliHarness();

        var outcome = await cli.Run("doctor", "--rabbitmq", broker, "--postgres", database);

        Assert.Equal(1, outcome.ExitCode);
        Assert.DoesNotContain("secret-word", outcome.Output + outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_that_does_not_compute_is_a_problem_and_the_others_are_told_too()
    {
        using var cli = new CliHarness { BrokenDevice = "cuda:0" };

        var outcome = await cli.Run("doctor");

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("cpu: a matrix product is right, 0.25 ms", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("cuda:0: CUDA error: no kernel image is available", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1.5, "Ok", "1.500 s ahead of")]
    [InlineData(-2.5, "Warning", "2.500 s behind")]
    [InlineData(90, "Warning", "90.000 s ahead of")]
    public void Clocks_are_compared_with_the_middle_of_question_and_answer(double ahead, string status, string detail)
    {
        var found = ClusterChecks.Compare(Noon.AddSeconds(ahead), Noon.AddSeconds(-0.1), Noon.AddSeconds(0.1));

        Assert.Equal(status, found.Status.ToString());
        Assert.Contains(detail, found.Detail, StringComparison.Ordinal);
    }
}
