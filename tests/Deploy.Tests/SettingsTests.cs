using System.Text.RegularExpressions;

namespace Orchestrator.Deploy.Tests;

/// <summary>Nothing in the deployment sets what the program does not know.</summary>
public sealed partial class SettingsTests
{
    private static readonly DeployFile Compose = new("docker-compose.yml");

    public static TheoryData<string> Files => [.. DeployFile.All.Select(file => file.Path)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Every_variable_is_a_setting_of_a_role(string path)
    {
        var known = (await Role.Named("silo")).Variables.Union((await Role.Named("worker")).Variables).ToHashSet();
        Assert.Contains("ORCHESTRATOR_RABBITMQ", known);
        Assert.Empty(Role.SettingsIn(new DeployFile(path).Text).Except(known));
    }

    [Fact]
    public async Task Every_service_of_the_compose_file_sets_what_its_role_has()
    {
        var seen = 0;
        foreach (var (name, service) in Compose.Yaml().Find("services").Entries().Where(service => service.Value.Text("image")!.StartsWith("orchestrator:", StringComparison.Ordinal)))
        {
            var command = service.Find("command").Items();
            await Role.Accepts(name, command);
            var set = service.Find("environment").Entries().Select(variable => variable.Key).Where(variable => variable.StartsWith("ORCHESTRATOR_", StringComparison.Ordinal)).ToList();
            Assert.Contains("ORCHESTRATOR_ARTIFACTS", set);
            Assert.Empty(set.Except((await Role.Named(command[0])).Variables));
            seen++;
        }
        Assert.Equal(4, seen);
    }

    [Fact]
    public async Task Every_container_of_the_chart_starts_a_role_with_settings_that_it_has()
    {
        foreach (var (path, verb) in ((string, string)[])[("silo.yaml", "silo"), ("workers.yaml", "worker")])
        {
            var text = new DeployFile($"deploy/helm/orchestrator/templates/{path}").Text;
            var words = Assert.Single(Arguments().Matches(text)).Groups[1].Value.Split(',', StringSplitOptions.TrimEntries);
            Assert.Equal(verb, words[0]);
            await Role.Accepts(path, words);
            Assert.Empty(Role.SettingsIn(text).Except((await Role.Named(verb)).Variables));
        }
    }

    [Fact]
    public async Task The_job_script_of_Slurm_starts_a_worker()
    {
        var text = new DeployFile("deploy/slurm/orchestrator-worker.sbatch").Text;
        await Role.Accepts("orchestrator-worker.sbatch", Assert.Single(Program().Matches(text)).Groups[1].Value.Split(' '));
        Assert.Empty(Role.SettingsIn(text).Except((await Role.Named("worker")).Variables));
    }

    [GeneratedRegex(@"args: \[(.*)\]")]
    private static partial Regex Arguments();

    [GeneratedRegex("exec \"\\$PROGRAM\" ([^']*)'")]
    private static partial Regex Program();
}
