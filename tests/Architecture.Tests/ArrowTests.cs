using NetArchTest.Rules;

namespace Orchestrator.Architecture.Tests;

/// <summary>Who may see whom (the arrows of the design). Project files show what is declared; the compiled types, what came along by way of others.</summary>
public sealed class ArrowTests
{
    private static readonly string[] All =
        ["Contracts", "Specification", "Statistics", "Kernels", "Platform", "Storage", "Messaging", "Results", "Reports", "Grains", "Worker", "Silo", "Client", "Cli"];

    /// <summary>A project, and the namespaces that none of its types may touch.</summary>
    public static TheoryData<string, string[]> Forbidden { get; } = new()
    {
        { "Contracts", [.. Ours(except: "Contracts"), "TorchSharp", "MassTransit", "Microsoft.AspNetCore", "Microsoft.Data", "Npgsql"] },
        { "Platform", [.. Ours("Platform"), "Orleans", "MassTransit", "TorchSharp", "Microsoft.AspNetCore", "Npgsql"] },
        { "Kernels", [.. Ours("Contracts", "Kernels", "Platform"), "Orleans.Runtime", "Orleans.Hosting", "MassTransit", "RabbitMQ", "Microsoft.Data", "Npgsql", "Microsoft.AspNetCore"] },
        { "Client", [.. Ours("Contracts", "Client"), "Orleans.Runtime", "Orleans.Hosting", "MassTransit", "RabbitMQ", "TorchSharp", "Microsoft.Data", "Npgsql"] },
        { "Specification", [.. Ours("Contracts", "Specification", "Platform"), "Orleans.Runtime", "MassTransit", "TorchSharp", "Microsoft.AspNetCore"] },
        { "Statistics", [.. Ours("Contracts", "Statistics"), "Orleans.Runtime", "MassTransit", "TorchSharp", "Microsoft.AspNetCore"] },
        { "Storage", ["Orchestrator.Kernels", "Orchestrator.Grains", "Orchestrator.Worker", "Orchestrator.Silo", "TorchSharp", "MassTransit"] },
        { "Messaging", ["Orchestrator.Kernels", "Orchestrator.Grains", "Orchestrator.Worker", "Orchestrator.Silo", "TorchSharp"] },
        { "Results", [.. Ours("Contracts", "Specification", "Statistics", "Storage", "Results"), "Orleans.Runtime", "Orleans.Hosting", "TorchSharp", "MassTransit", "RabbitMQ", "Microsoft.AspNetCore"] },
        { "Reports", [.. Ours("Contracts", "Reports"), "Orleans.Runtime", "TorchSharp", "MassTransit", "Microsoft.AspNetCore", "System.CommandLine", "Spectre"] },
        { "Grains", ["Orchestrator.Kernels", "Orchestrator.Reports", "Orchestrator.Results", "Orchestrator.Worker", "Orchestrator.Silo", "TorchSharp", "MassTransit", "RabbitMQ", "Microsoft.AspNetCore"] },
        { "Worker", ["Orchestrator.Grains", "Orchestrator.Silo", "Orchestrator.Specification", "MassTransit", "RabbitMQ"] },
        { "Silo", ["Orchestrator.Kernels", "Orchestrator.Worker", "TorchSharp", "MassTransit", "RabbitMQ"] },
        { "Cli", ["MassTransit", "RabbitMQ"] },
    };

    [Theory]
    [MemberData(nameof(Forbidden))]
    public void No_type_of_a_project_touches_what_the_project_must_not_see(string project, string[] forbidden)
    {
        var types = Types.InAssembly(Project.Named(project).Assembly);
        Assert.NotEmpty(types.GetTypes()); // an empty assembly would pass everything

        var result = types.ShouldNot().HaveDependencyOnAny(forbidden).GetResult();

        Assert.True(result.IsSuccessful, $"{project} must not see {string.Join(", ", forbidden)}, and these do: {string.Join(", ", result.FailingTypeNames ?? [])}");
    }

    /// <summary>The folders of the kernels, lowest first: each may see those before it, so that none sees itself by way of another.</summary>
    private static readonly string[] Kernels = ["Randomness", "Native", "Data", "Model", "Weights", "Circuits", "Measures", "Training", "Analysis", "Kinds"];

    public static TheoryData<string> KernelFolders => [.. Kernels];

    [Theory]
    [MemberData(nameof(KernelFolders))]
    public void A_folder_of_the_kernels_sees_only_those_below_it(string folder)
    {
        var types = Types.InAssembly(Project.Named("Kernels").Assembly).That().ResideInNamespace($"Orchestrator.Kernels.{folder}");
        Assert.NotEmpty(types.GetTypes());

        var result = types.ShouldNot().HaveDependencyOnAny([.. Kernels.SkipWhile(below => below != folder).Skip(1).Select(above => $"Orchestrator.Kernels.{above}.")]).GetResult();

        Assert.True(result.IsSuccessful, $"{folder} must see only folders below it, and these do not: {string.Join(", ", result.FailingTypeNames ?? [])}");
    }

    [Fact]
    public void The_folders_of_the_kernels_are_all_in_the_order() => Assert.Equal(
        Kernels.Order(StringComparer.Ordinal),
        Types.InAssembly(Project.Named("Kernels").Assembly).GetTypes().Select(type => type.Namespace).OfType<string>()
            .Where(name => name.StartsWith("Orchestrator.Kernels.", StringComparison.Ordinal)).Select(name => name.Split('.')[2]).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("Contracts")]
    [InlineData("Platform")]
    [InlineData("Kernels", "Contracts", "Platform")]
    [InlineData("Client", "Contracts")]
    [InlineData("Statistics", "Contracts")]
    [InlineData("Reports", "Contracts")]
    [InlineData("Specification", "Contracts", "Platform")]
    public void A_project_declares_no_project_but(string project, params string[] allowed) =>
        Assert.Subset(allowed.ToHashSet(), Project.Named(project).Projects.ToHashSet());

    [Theory]
    [InlineData("Grains", "Kernels")]
    [InlineData("Grains", "Worker")]
    [InlineData("Silo", "Kernels")]
    [InlineData("Worker", "Grains")]
    [InlineData("Worker", "Silo")]
    public void A_project_does_not_reach_another_by_any_way(string project, string other) =>
        Assert.DoesNotContain(other, Reachable(project));

    [Theory]
    [InlineData("MassTransit", "Messaging")]
    [InlineData("TorchSharp", "Kernels")]
    [InlineData("YamlDotNet", "Specification")]
    [InlineData("MathNet", "Statistics")]
    public void Only_one_project_declares_a_package(string package, string owner) =>
        Assert.Equal([owner], Project.All.Where(project => project.Packages.Any(name => name.StartsWith(package, StringComparison.Ordinal))).Select(project => project.Name));

    [Fact]
    public void Contracts_declares_nothing_but_the_serialization_attributes() =>
        Assert.Equal(["Microsoft.Orleans.Sdk", "Microsoft.Orleans.Serialization.Abstractions"], Project.Named("Contracts").Packages.Order(StringComparer.Ordinal));

    [Fact]
    public void Every_project_has_its_arrows_here() =>
        Assert.Equal(All.Order(StringComparer.Ordinal), Project.All.Select(project => project.Name));

    private static IEnumerable<string> Ours(params string[] except) => All.Except(except).Select(name => $"Orchestrator.{name}");

    private static HashSet<string> Reachable(string project)
    {
        var seen = new HashSet<string>();
        var open = new Queue<string>(Project.Named(project).Projects);
        while (open.TryDequeue(out var next))
        {
            if (seen.Add(next))
            {
                foreach (var further in Project.Named(next).Projects)
                {
                    open.Enqueue(further);
                }
            }
        }
        return seen;
    }
}
