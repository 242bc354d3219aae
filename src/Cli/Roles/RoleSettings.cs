using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Cli.CommandLine;
using Orchestrator.Platform.Files;
using Orchestrator.Messaging.RabbitMq;
using Orchestrator.Storage.Artifacts;

namespace Orchestrator.Cli.Roles;

/// <summary>The settings of a role as they hold in this process.</summary>
internal sealed class RoleSettings(ParseResult arguments, CliServices services)
{
    /// <summary>Settings that several roles have.</summary>
    public static RoleSetting RabbitMq() => new("rabbitmq", "URL", "The broker, as amqp://user:password@host:port/vhost");

    /// <summary>The database.</summary>
    public static RoleSetting Postgres() => new("postgres", "CONNECTION", "The database, as Host=…;Username=…;Password=…;Database=…");

    /// <summary>The artifact store.</summary>
    public static RoleSetting Artifacts() => new("artifacts", "WHERE", "A folder that every silo and worker sees, or s3://bucket/prefix");

    /// <summary>The server of an artifact store in a bucket.</summary>
    public static RoleSetting S3Endpoint() => new("s3-endpoint", "URL", "The server of s3://… if it is not Amazon's, as http://host:port; keys and region are the usual AWS variables");

    private const string FileName = "orchestrator.json";
    private readonly JsonObject _file = Load(Path.Combine(services.WorkingFolder, FileName));

    /// <summary>The value, or the setting's fallback, or null.</summary>
    public string? Find(RoleSetting setting) =>
        arguments.GetValue(setting)
        ?? (services.Environment(setting.Variable) is { Length: > 0 } value ? value : null)
        ?? _file[setting.Key]?.ToString()
        ?? setting.Fallback;

    /// <summary>The value of a setting that must be there.</summary>
    public string Require(RoleSetting setting) => Find(setting) ?? throw new CliException(
        ExitCode.Usage, $"{setting.Name} is missing: give it on the command line, as {setting.Variable}, or as \"{setting.Key}\" in {FileName}. {setting.Description}");

    /// <summary>The broker that a setting names.</summary>
    public BrokerOptions Broker(RoleSetting setting)
    {
        try
        {
            return BrokerOptions.Parse(Require(setting));
        }
        catch (BrokerException wrong)
        {
            throw new CliException(ExitCode.Usage, wrong.Message, wrong);
        }
    }

    /// <summary>The artifact store that two settings name.</summary>
    public ArtifactAddress Store(RoleSetting artifacts, RoleSetting endpoint)
    {
        try
        {
            return ArtifactAddress.Parse(Require(artifacts), Find(endpoint));
        }
        catch (ArtifactException wrong)
        {
            throw new CliException(ExitCode.Usage, wrong.Message, wrong);
        }
    }

    /// <summary>The value as a whole number within bounds, or null.</summary>
    public int? Number(RoleSetting setting, int least, int most) => Find(setting) is not { } text
        ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new CliException(ExitCode.Usage, $"{setting.Name} {text}: give a whole number from {least} to {most}");

    /// <summary>The value as yes or no.</summary>
    public bool Flag(RoleSetting setting) => bool.TryParse(Find(setting), out var flag)
        ? flag
        : throw new CliException(ExitCode.Usage, $"{setting.Name} {Find(setting)}: give true or false");

    /// <summary>The value as a number within bounds, or null.</summary>
    public double? Decimal(RoleSetting setting, double least, double most) => Find(setting) is not { } text
        ? null
        : double.TryParse(text, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new CliException(ExitCode.Usage, string.Create(CultureInfo.InvariantCulture, $"{setting.Name} {text}: give a number from {least} to {most}"));

    /// <summary>The value as seconds within bounds; the setting has a fallback.</summary>
    public TimeSpan Seconds(RoleSetting setting, double least, double most) => TimeSpan.FromSeconds(Decimal(setting, least, most)!.Value);

    private static JsonObject Load(string path)
    {
        if (!Path.Exists(path))
        {
            return [];
        }
        try
        {
            return JsonNode.Parse(UserFile.ReadText(path, 1 << 20)) as JsonObject ?? throw new JsonException("it is not an object");
        }
        catch (Exception wrong) when (wrong is JsonException or ArgumentException)
        {
            throw new CliException(ExitCode.Usage, $"{path} cannot be read: {wrong.Message}. It holds settings by name, as {{ \"rabbitmq\": \"amqp://…\" }}", wrong);
        }
    }
}
