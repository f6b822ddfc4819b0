using System.Reflection;
using System.Reflection.Emit;
using PortraitGen.Gpu.Runtime;
using PortraitGen.Jobs.Hosting;
using PortraitGen.Jobs.Messaging;
using PortraitGen.Jobs.Tests.Toys;

namespace PortraitGen.Jobs.Tests.Hosting;

public sealed class SeamTests
{
    [Fact]
    public void The_worker_names_nothing_of_rows_or_scheduling()
    {
        var worker = typeof(WorkerHost).Assembly;
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var named = worker.GetTypes().SelectMany(type => type.GetMembers(All).SelectMany(Named)).Distinct();
        Assert.DoesNotContain(named, type => type.Namespace is "PortraitGen.Jobs.Data" or "PortraitGen.Jobs.Scheduling");
    }

    [Fact]
    public void Every_message_has_a_name_and_a_version_of_its_own()
    {
        var messages = typeof(RunShard).Assembly.GetTypes().Where(t => t.Namespace == typeof(RunShard).Namespace && t.Name is not nameof(IShardBus)
            && t.GetMethod("<Clone>$") is not null).ToList();
        var urns = messages.Select(m => m.GetCustomAttribute<MassTransit.MessageUrnAttribute>()?.Urn.ToString()).ToList();
        Assert.Equal(9, urns.Count);
        Assert.All(urns, urn => Assert.Matches("^urn:message:portraitgen:[a-z-]+:v[0-9]+$", urn));
        Assert.Equal(urns.Count, urns.Distinct().Count());
    }

    [Fact]
    public void A_worker_is_told_of_bus_and_store_and_of_nothing_else()
    {
        var settings = WorkerSettings.TryRead(["--slots", "2", "--name", "w"], name => name switch
        {
            "PORTRAITGEN_RABBITMQ" => "amqp://u:p@host:5672/",
            "PORTRAITGEN_S3" => "http://K:S@host:1/bucket",
            _ => null,
        }, out string error);
        Assert.Equal("", error);
        Assert.Equal(("w", 2), (settings!.Worker.Name, settings.Worker.Concurrency));
    }

    [Theory]
    [InlineData("--rabbitmq", "nonsense")]
    [InlineData("--slots", "0")]
    [InlineData("--database", "x")]
    [InlineData("--name")]
    public void A_wrong_setting_is_named_in_one_line(params string[] args)
    {
        Assert.Null(WorkerSettings.TryRead([.. args], name => name switch { "PORTRAITGEN_RABBITMQ" => "amqp://h", "PORTRAITGEN_S3" => "http://h", _ => null }, out string error));
        Assert.DoesNotContain('\n', error);
        Assert.NotEqual("", error);
    }

    [Fact]
    public async Task An_unreachable_database_is_named_without_its_password()
    {
        var options = new JobsOptions { Postgres = "Host=127.0.0.1;Port=1;Database=d;Username=u;Password=hush;Timeout=1" };
        var e = await Assert.ThrowsAsync<ServerUnreachableException>(() => ToyHost.StartAsync(options, slots: 0));
        Assert.Contains("PostgreSQL 127.0.0.1:1/d as u", e.Message);
        Assert.Contains("Tried:", e.Message);
        Assert.Contains("PORTRAITGEN_POSTGRES", e.Message);
        Assert.DoesNotContain("hush", e.Message);
    }

    private static IEnumerable<Type> Named(MemberInfo member)
    {
        if (member is FieldInfo field) yield return field.FieldType;
        if (member is not MethodBase method) yield break;
        if (method is MethodInfo { ReturnType: var returned }) yield return returned;
        foreach (var parameter in method.GetParameters()) yield return parameter.ParameterType;
        if (method.GetMethodBody() is not { } body) yield break;
        foreach (var local in body.LocalVariables) yield return local.LocalType;
        byte[] il = body.GetILAsByteArray() ?? [];
        for (int i = 0; i + 4 < il.Length; i++)
        {
            // Calls and constructions: what a method names without keeping it. A misread operand resolves to nothing or to something harmless.
            if (il[i] != OpCodes.Call.Value && il[i] != OpCodes.Callvirt.Value && il[i] != OpCodes.Newobj.Value) continue;
            Type? declaring = null;
            try
            {
                declaring = method.Module.ResolveMethod(BitConverter.ToInt32(il, i + 1), method.DeclaringType?.GetGenericArguments(), null)?.DeclaringType;
            }
            catch (Exception e) when (e is ArgumentException or BadImageFormatException)
            {
            }

            if (declaring is not null) yield return declaring;
        }
    }
}
