using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Orchestrator.Deploy.Tests;

/// <summary>The compose file holds together: what one part names, another has.</summary>
public sealed partial class ComposeTests
{
    private static readonly YamlMappingNode ComposeFile = new DeployFile("docker-compose.yml").Yaml();
    private static readonly Dictionary<string, YamlNode> Parts = ComposeFile.Find("services").Entries().ToDictionary(service => service.Key, service => service.Value);

    public static TheoryData<string> Services => [.. Parts.Keys];

    [Theory]
    [MemberData(nameof(Services))]
    public void Whom_a_service_waits_for_is_there_and_says_when_it_is_healthy(string name)
    {
        foreach (var (other, condition) in Parts[name].Find("depends_on").Entries())
        {
            Assert.Equal("service_healthy", condition.Text("condition"));
            Assert.True(Parts[other].Find("healthcheck", "test").Items() is ["CMD", _, ..], $"{other} has no health check, and {name} waits for it");
            Assert.Empty(Parts[other].Find("profiles").Items()); // it would not be started
        }
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void A_published_port_is_on_loopback(string name) =>
        Assert.All(Parts[name].Find("ports").Items(), port => Assert.StartsWith("127.0.0.1:", port));

    [Fact]
    public void No_port_is_published_twice()
    {
        var ports = Parts.Values.SelectMany(service => service.Find("ports").Items()).Select(port => port.Split(':')[1]).ToList();
        Assert.Contains("5080", ports);
        Assert.Equal(ports.Distinct(), ports);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void What_a_service_mounts_is_in_the_repository_or_a_declared_volume(string name)
    {
        foreach (var source in Parts[name].Find("volumes").Items().Select(volume => volume.Split(':')[0]))
        {
            Assert.True(
                source.StartsWith("./", StringComparison.Ordinal) ? Path.Exists(Path.Combine(Repository.Root, source)) : ComposeFile.Find("volumes", source) is not null,
                $"{name} mounts {source}, which is nowhere");
        }
    }

    [Theory]
    [InlineData("silo-1", 30)] // SiloVerb's own
    [InlineData("silo-2", 30)]
    [InlineData("worker-cpu", null)]
    [InlineData("worker-gpu", null)]
    public void A_service_is_killed_only_after_its_own_grace(string name, int? grace)
    {
        var own = grace ?? int.Parse(Parts[name].Text("environment", "ORCHESTRATOR_GRACE")!, CultureInfo.InvariantCulture);
        var given = Parts[name].Text("stop_grace_period")!;
        Assert.EndsWith("s", given);
        Assert.InRange(int.Parse(given[..^1], CultureInfo.InvariantCulture), own + 5, 600);
    }

    [Fact]
    public void The_example_names_every_secret_and_no_other_and_holds_none()
    {
        var needed = Needed().Matches(new DeployFile("docker-compose.yml").Text).Select(match => match.Groups[1].Value).Distinct().Order();
        var named = new DeployFile(".env.example").Text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').ToList();
        Assert.All(named, line => Assert.EndsWith("=", line));
        Assert.Equal(needed, named.Select(line => line[..^1]).Order());
    }

    [Fact]
    public void Every_secret_stops_the_start_where_it_is_missing() =>
        Assert.Equal(
            Regex.Count(new DeployFile("docker-compose.yml").Text, @"\$\{"),
            Needed().Count(new DeployFile("docker-compose.yml").Text));

    [Fact]
    public void Workers_start_by_profile_and_everything_else_always() =>
        Assert.Equal(
            ["worker-cpu: cpu", "worker-gpu: gpu"],
            Parts.SelectMany(service => service.Value.Find("profiles").Items().Select(profile => $"{service.Key}: {profile}")));

    [GeneratedRegex(@"\$\{([A-Z_]+):\?set it in \.env\}")]
    private static partial Regex Needed();
}
